//! `erbij interests`: what customers care about, and whom they buy for.

use std::io::Write;

use erbij_core::{Catalogue, CustomerIdx, Day, HouseholdKind, Purchase};
use erbij_people::{ExplainedInterest, Household, Interest};
use erbij_recipe::ModelSet;
use serde_json::json;

use crate::args::InterestsArgs;
use crate::commands::about_customers::{customer, expect_model, open, write_all};
use crate::progress::Reporter;
use crate::table_file::{Cell, ColumnKind, Columns, Row};

const COLUMNS: Columns = &[
    ("customer_id", ColumnKind::Id),
    ("kind", ColumnKind::Id),
    ("name", ColumnKind::Text),
    ("strength", ColumnKind::Number),
    ("times_as_often", ColumnKind::Number),
    ("trend", ColumnKind::Id),
    ("evidence", ColumnKind::Id),
    ("household", ColumnKind::Id),
    ("household_probability", ColumnKind::Number),
];

pub(crate) fn run(args: &InterestsArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let (artifact, now) = open(&args.about)?;
    let models = &artifact.model_set;
    let telling = Telling {
        models,
        interest: expect_model(&models.interest, "interest")?,
        household: expect_model(&models.household, "household")?,
        today: models.time_zone.day_of(now),
        n_evidence: args.evidence as usize,
    };
    if let Some(path) = &args.about.out {
        return write_all(path, COLUMNS, models, |customer| telling.rows(customer), reporter, out);
    }
    let id = args.about.one_customer()?;
    let customer = customer(models, id)?;
    if args.about.json { telling.print_json(customer, out) } else { telling.print(customer, out) }
}

struct Telling<'a> {
    models: &'a ModelSet,
    interest: &'a Interest,
    household: &'a Household,
    today: Day,
    n_evidence: usize,
}

impl Telling<'_> {
    fn interests(&self, customer: CustomerIdx) -> Vec<ExplainedInterest<'_>> {
        self.interest.explained(&self.models.histories, customer, self.today, self.n_evidence)
    }

    /// A row an interest; a customer without any has none.
    fn rows(&self, customer: CustomerIdx) -> Vec<Row> {
        let guess = self.household.guess(customer, None);
        let row = |interest: ExplainedInterest<'_>| {
            let items = interest.evidence.iter().map(|bought| self.catalogue().items().id(bought.item));
            vec![
                Cell::Text(self.models.customers.id(customer).to_owned()),
                Cell::Text(interest.kind.name().to_owned()),
                Cell::Text(interest.name.to_owned()),
                Cell::Number(f64::from(interest.interest.strength())),
                Cell::Number(f64::from(interest.interest.log_ratio).exp()),
                Cell::Text(interest.interest.trend.name().to_owned()),
                Cell::text_or_empty(&items.collect::<Vec<_>>().join(" ")),
                Cell::Text(guess.kind.name().to_owned()),
                Cell::Number(f64::from(guess.probability)),
            ]
        };
        self.interests(customer).into_iter().map(row).collect()
    }

    fn catalogue(&self) -> &Catalogue {
        &self.models.catalogue
    }

    fn print(&self, customer: CustomerIdx, out: &mut dyn Write) -> anyhow::Result<()> {
        let interests = self.interests(customer);
        if interests.is_empty() {
            writeln!(out, "too little is known of this customer to call anything an interest")?;
        }
        for told in &interests {
            writeln!(
                out,
                "{:<9} {:<44} {:>5.1} times as often as others, {}",
                told.kind.name(),
                told.name,
                f64::from(told.interest.log_ratio).exp(),
                told.interest.trend.name(),
            )?;
            for bought in &told.evidence {
                writeln!(out, "{:>10}{}", "", self.said(bought))?;
            }
        }
        let guess = self.household.guess(customer, None);
        let certainty = 100.0 * guess.probability;
        match guess.kind {
            HouseholdKind::Unknown => writeln!(out, "household unknown: what was bought does not tell")?,
            kind if guess.is_stated => {
                writeln!(out, "household {}, as the customer has said", kind.name())?;
            }
            kind => writeln!(out, "household {}, a guess ({certainty:.0} %)", kind.name())?,
        }
        Ok(())
    }

    fn said(&self, bought: &Purchase) -> String {
        let times =
            if bought.n_orders == 1 { "once".to_owned() } else { format!("{} times", bought.n_orders) };
        format!("{}, bought {times}, last on {}", self.catalogue().title(bought.item), bought.last_bought_on)
    }

    fn print_json(&self, customer: CustomerIdx, out: &mut dyn Write) -> anyhow::Result<()> {
        let evidence = |bought: &Purchase| {
            json!({
                "item_id": self.catalogue().items().id(bought.item),
                "title": self.catalogue().title(bought.item),
                "n_orders": bought.n_orders,
                "last_bought_on": bought.last_bought_on.to_string(),
            })
        };
        let interest = |told: ExplainedInterest<'_>| {
            json!({
                "kind": told.kind.name(),
                "name": told.name,
                "strength": Cell::Number(f64::from(told.interest.strength())).json(),
                "times_as_often": Cell::Number(f64::from(told.interest.log_ratio).exp()).json(),
                "trend": told.interest.trend.name(),
                "evidence": told.evidence.iter().map(evidence).collect::<Vec<_>>(),
            })
        };
        let guess = self.household.guess(customer, None);
        let value = json!({
            "customer_id": self.models.customers.id(customer),
            "interests": self.interests(customer).into_iter().map(interest).collect::<Vec<_>>(),
            "household": {
                "kind": guess.kind.name(),
                "probability": Cell::Number(f64::from(guess.probability)).json(),
                "is_stated": guess.is_stated,
            },
        });
        serde_json::to_writer_pretty(&mut *out, &value)?;
        Ok(writeln!(out)?)
    }
}
