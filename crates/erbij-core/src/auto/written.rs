//! How a table with `"auto"` in it is read and written.
//!
//! Parameters derive how they are read, and know nothing of `"auto"`. So their reader is handed what stands in the file with
//! the shipped value in the place of each `"auto"`, and every error keeps its line: it arises where the file is read.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::auto::table_of;
use crate::{Auto, AutoParams};

/// What stands in the place of a value that the fit is to choose.
const AUTO: &str = "auto";

impl<P: AutoParams> Serialize for Auto<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = table_of(&self.params);
        for &key in &self.auto {
            table.insert(key.to_owned(), AUTO.into());
        }
        table.serialize(serializer)
    }
}

impl<'de, P: AutoParams> Deserialize<'de> for Auto<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut auto: BTreeSet<&'static str> = P::KEYS.iter().copied().collect();
        let params = P::deserialize(Table { deserializer, auto: &mut auto, of: PhantomData::<P> })?;
        Ok(Self { params, auto })
    }
}

/// The table as the parameters' own reader is to see it. `auto` loses each key that has a value.
struct Table<'a, D, P> {
    deserializer: D,
    auto: &'a mut BTreeSet<&'static str>,
    of: PhantomData<P>,
}

impl<'de, D: Deserializer<'de>, P: AutoParams> Deserializer<'de> for Table<'_, D, P> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let Self { deserializer, auto, of } = self;
        deserializer.deserialize_map(Entries { inner: visitor, auto, key: String::new(), of })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A visitor, and then the entries it is shown.
struct Entries<'a, T, P> {
    inner: T,
    auto: &'a mut BTreeSet<&'static str>,
    /// The key of the entry at hand.
    key: String,
    of: PhantomData<P>,
}

impl<'de, V: Visitor<'de>, P: AutoParams> Visitor<'de> for Entries<'_, V, P> {
    type Value = V::Value;

    fn expecting(&self, told: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(told)
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<V::Value, M::Error> {
        let Self { inner, auto, key, of } = self;
        inner.visit_map(Entries { inner: map, auto, key, of })
    }
}

impl<'de, M: MapAccess<'de>, P: AutoParams> MapAccess<'de> for Entries<'_, M, P> {
    type Error = M::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, M::Error> {
        self.inner.next_key_seed(Key { seed, key: &mut self.key })
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, M::Error> {
        match P::KEYS.iter().find(|&&key| key == self.key) {
            Some(key) => self.inner.next_value_seed(Value { seed, key, auto: self.auto, of: self.of }),
            None => self.inner.next_value_seed(seed),
        }
    }
}

/// Reads a key, and keeps it.
struct Key<'a, S> {
    seed: S,
    key: &'a mut String,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Key<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        *self.key = String::deserialize(deserializer)?;
        self.seed.deserialize(self.key.as_str().into_deserializer())
    }
}

/// Reads the value of a key that the fit can choose.
struct Value<'a, S, P> {
    seed: S,
    key: &'static str,
    auto: &'a mut BTreeSet<&'static str>,
    of: PhantomData<P>,
}

impl<'de, S: DeserializeSeed<'de>, P: AutoParams> DeserializeSeed<'de> for Value<'_, S, P> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        let written = toml::Value::deserialize(deserializer)?;
        let value = if written.as_str() == Some(AUTO) {
            table_of(&P::default()).remove(self.key)
        } else {
            self.auto.remove(self.key);
            Some(written)
        };
        let value = value
            .ok_or_else(|| D::Error::custom(format_args!("`{}` has no value to begin with", self.key)))?;
        self.seed.deserialize(value).map_err(|error| D::Error::custom(error.message()))
    }
}
