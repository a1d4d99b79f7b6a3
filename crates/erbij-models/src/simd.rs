//! How a kernel is run: for the widest registers the machine has, with the same bits on every machine.
//!
//! A kernel keeps that promise by two rules. A sum belongs to one lane, or its order names no width: sixteen sums, say,
//! added up in halves. And a product that is added is rounded once (`mul_add_f32s`): the form `mul_add_e_f32s` rounds
//! twice where the processor has no instruction for both. Tests run what calls [`dispatch`], kernels and whole fits, at
//! every width with `same_at_each_width`.

use pulp::{Arch, WithSimd};

/// Runs a kernel.
#[inline(always)]
pub(crate) fn dispatch<Op: WithSimd>(op: Op) -> Op::Output {
    #[cfg(test)]
    if let Some(width) = tests::chosen() {
        return width.dispatch(op);
    }
    Arch::new().dispatch(op)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;
    use std::fmt::Debug;

    use pulp::{Scalar, Scalar128b, Scalar256b, Scalar512b, Simd};

    use super::*;

    thread_local! {
        static CHOSEN: Cell<Option<Width>> = const { Cell::new(None) };
    }

    pub(super) fn chosen() -> Option<Width> {
        CHOSEN.get()
    }

    /// Registers to run kernels for. The portable ones need no instruction of their own, so every machine runs every
    /// number of lanes: 16 of AVX-512, 8 of AVX2, 4 of NEON, and 1 where there is nothing.
    #[derive(Clone, Copy, Debug)]
    pub(crate) enum Width {
        /// What [`Arch::new`] finds.
        Widest,
        /// AVX2, also where there is AVX-512.
        #[cfg(target_arch = "x86_64")]
        Avx2(pulp::x86::V3),
        Portable16,
        Portable8,
        Portable4,
        Portable1,
    }

    impl Width {
        fn all() -> Vec<Self> {
            let portable = [Self::Portable16, Self::Portable8, Self::Portable4, Self::Portable1];
            #[cfg(target_arch = "x86_64")]
            let avx2 = pulp::x86::V3::try_new().map(Self::Avx2);
            #[cfg(not(target_arch = "x86_64"))]
            let avx2 = None;
            std::iter::once(Self::Widest).chain(avx2).chain(portable).collect()
        }

        pub(super) fn dispatch<Op: WithSimd>(self, op: Op) -> Op::Output {
            match self {
                Self::Widest => Arch::new().dispatch(op),
                #[cfg(target_arch = "x86_64")]
                Self::Avx2(simd) => Simd::vectorize(simd, op),
                Self::Portable16 => Simd::vectorize(Scalar512b, op),
                Self::Portable8 => Simd::vectorize(Scalar256b, op),
                Self::Portable4 => Simd::vectorize(Scalar128b, op),
                Self::Portable1 => Simd::vectorize(Scalar, op),
            }
        }

        /// Does some work with every kernel at this width, on whichever thread the work is shared out to.
        fn install<R: Send>(self, work: impl Fn() -> R + Send) -> R {
            let choose = move |_| CHOSEN.set(Some(self));
            let pool = rayon::ThreadPoolBuilder::new().num_threads(2).start_handler(choose).build();
            pool.expect("threads").install(work)
        }
    }

    /// What some work gives at each width, which is to be the same. Floats are compared as bits: see [`bits`].
    pub(crate) fn same_at_each_width<R: PartialEq + Debug + Send>(work: impl Fn() -> R + Sync) -> R {
        let mut results = Width::all().into_iter().map(|width| (width, width.install(&work)));
        let (_, first) = results.next().expect("there is a widest register");
        for (width, result) in results {
            assert_eq!(result, first, "{width:?} is not as the widest registers here");
        }
        first
    }

    /// The bits of numbers.
    pub(crate) fn bits(values: &[f32]) -> Vec<u32> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    /// Lengths at which a kernel may go wrong: around each number of lanes, and around a few registers of them.
    pub(crate) const LENGTHS: [usize; 22] =
        [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 65, 127, 128, 129, 257];

    struct CountLanes;

    impl WithSimd for CountLanes {
        type Output = usize;

        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }

    #[test]
    fn each_width_is_what_kernels_are_run_at() {
        let lanes =
            |width: Width| width.install(|| rayon::join(|| dispatch(CountLanes), || dispatch(CountLanes)));
        for width in Width::all() {
            let expected = match width {
                Width::Widest => dispatch(CountLanes),
                Width::Portable16 => 16,
                Width::Portable4 => 4,
                Width::Portable1 => 1,
                _ => 8,
            };
            assert_eq!(lanes(width), (expected, expected), "{width:?}");
        }
    }

    #[test]
    #[should_panic(expected = "is not as the widest")]
    fn a_result_of_one_width_is_noticed() {
        same_at_each_width(|| dispatch(CountLanes));
    }
}
