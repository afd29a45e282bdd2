//! Dot products, the inner loop of similarity search: f32 with f32, and i8 with i8 summed exactly in i32.
//! [`Kernel::detect`] chooses AVX2 with FMA if the processor has it, portable code otherwise; callers detect
//! once a search. [`Kernel::gather`] scores many rows a call, so the indirect call costs nothing, and
//! prefetches the next rows while one is summed.
//!
//! The only file of the module with unsafe code.
#![allow(unsafe_code)]

use crate::id::Ordinal;

/// Rows of codes are padded with zeros to a multiple of this many values.
pub const CODE_LANES: usize = 32;

#[cfg(target_arch = "x86_64")]
const CACHE_LINE_BYTES: usize = 64;

/// A gathering dot product: `(query, codes, rows, sums)`.
type Gather = fn(&[i8], &[i8], &[Ordinal], &mut Vec<i32>);

/// The dot products for one type of processor.
#[derive(Debug, Clone, Copy)]
pub struct Kernel {
    /// The sum of products of two rows of equal length (the shorter one counts).
    pub dot: fn(&[f32], &[f32]) -> f32,
    gather: Gather,
}

impl Kernel {
    /// The fastest kernel that this processor can run.
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return Self { dot: avx2::dot, gather: avx2::gather };
        }
        Self::portable()
    }

    /// The kernel that every processor can run.
    pub fn portable() -> Self {
        Self { dot: portable_dot, gather: portable_gather }
    }

    /// Fills `sums` with the dot product of `query` and each of `rows`, in order. `codes` holds rows of
    /// `query.len()` values, a multiple of [`CODE_LANES`]; values of the query lie in -127..=127.
    ///
    /// # Panics
    /// If a row lies outside `codes`.
    pub fn gather(&self, query: &[i8], codes: &[i8], rows: &[Ordinal], sums: &mut Vec<i32>) {
        debug_assert_eq!(query.len() % CODE_LANES, 0, "rows of codes are padded");
        (self.gather)(query, codes, rows, sums);
    }
}

/// Requests a slice's memory ahead of its use: a hint that reads nothing.
#[inline]
pub(super) fn prefetch<T>(values: &[T]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start: *const i8 = values.as_ptr().cast();
        for at in (0..size_of_val(values)).step_by(CACHE_LINE_BYTES) {
            // SAFETY: SSE is part of x86_64, and a prefetch never faults, whatever the address.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(at)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}

fn row_of(codes: &[i8], row: Ordinal, stride: usize) -> &[i8] {
    &codes[row.index() * stride..][..stride]
}

fn portable_dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a.zip(b) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}

fn portable_gather(query: &[i8], codes: &[i8], rows: &[Ordinal], sums: &mut Vec<i32>) {
    sums.clear();
    sums.extend(rows.iter().map(|&row| {
        let row = row_of(codes, row, query.len());
        query.iter().zip(row).map(|(&x, &y)| i32::from(x) * i32::from(y)).sum::<i32>()
    }));
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    use super::{CODE_LANES, Ordinal, prefetch, row_of};

    /// The number of rows that are prefetched ahead of the one being summed.
    const AHEAD: usize = 4;

    pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
        // SAFETY: reachable only through `Kernel::detect`, which found AVX2 and FMA.
        unsafe { dot_fma(a, b) }
    }

    pub(super) fn gather(query: &[i8], codes: &[i8], rows: &[Ordinal], sums: &mut Vec<i32>) {
        // SAFETY: reachable only through `Kernel::detect`, which found AVX2 and FMA.
        unsafe { gather_avx2(query, codes, rows, sums) }
    }

    #[target_feature(enable = "avx2,fma")]
    fn dot_fma(a: &[f32], b: &[f32]) -> f32 {
        let length = a.len().min(b.len());
        let (a, b) = (&a[..length], &b[..length]);
        let mut sums = [_mm256_setzero_ps(); 4];
        let (wide_a, wide_b) = (a.chunks_exact(32), b.chunks_exact(32));
        let (tail_a, tail_b) = (wide_a.remainder(), wide_b.remainder());
        for (x, y) in wide_a.zip(wide_b) {
            for (lane, sum) in sums.iter_mut().enumerate() {
                // SAFETY: both chunks hold 32 values; lane * 8 + 8 <= 32.
                let (x, y) =
                    unsafe { (_mm256_loadu_ps(x.as_ptr().add(lane * 8)), _mm256_loadu_ps(y.as_ptr().add(lane * 8))) };
                *sum = _mm256_fmadd_ps(x, y, *sum);
            }
        }
        let (narrow_a, narrow_b) = (tail_a.chunks_exact(8), tail_b.chunks_exact(8));
        let rest: f32 = narrow_a.remainder().iter().zip(narrow_b.remainder()).map(|(x, y)| x * y).sum();
        for (x, y) in narrow_a.zip(narrow_b) {
            // SAFETY: both chunks hold 8 values.
            let (x, y) = unsafe { (_mm256_loadu_ps(x.as_ptr()), _mm256_loadu_ps(y.as_ptr())) };
            sums[0] = _mm256_fmadd_ps(x, y, sums[0]);
        }
        let sum = _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3]));
        let half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
        let quarter = _mm_add_ps(half, _mm_movehl_ps(half, half));
        _mm_cvtss_f32(_mm_add_ss(quarter, _mm_shuffle_ps(quarter, quarter, 1))) + rest
    }

    #[target_feature(enable = "avx2")]
    fn gather_avx2(query: &[i8], codes: &[i8], rows: &[Ordinal], sums: &mut Vec<i32>) {
        sums.clear();
        for &row in rows.iter().take(AHEAD) {
            prefetch(row_of(codes, row, query.len()));
        }
        for (at, &row) in rows.iter().enumerate() {
            if let Some(&next) = rows.get(at + AHEAD) {
                prefetch(row_of(codes, next, query.len()));
            }
            sums.push(dot_codes(query, row_of(codes, row, query.len())));
        }
    }

    /// `|query| · (row with the query's signs)`. The instruction multiplies unsigned by signed bytes and adds
    /// pairs in i16, which cannot overflow: 2 · 127 · 128 fits.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn dot_codes(query: &[i8], row: &[i8]) -> i32 {
        let ones = _mm256_set1_epi16(1);
        let mut sum = _mm256_setzero_si256();
        for (x, y) in query.chunks_exact(CODE_LANES).zip(row.chunks_exact(CODE_LANES)) {
            // SAFETY: both chunks hold 32 bytes, and the loads ask for no alignment.
            let (x, y) = unsafe { (_mm256_loadu_si256(x.as_ptr().cast()), _mm256_loadu_si256(y.as_ptr().cast())) };
            let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(y, x));
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
        }
        let half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
        let quarter = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0b01_00_11_10));
        _mm_cvtsi128_si32(_mm_add_epi32(quarter, _mm_shuffle_epi32(quarter, 0b10_11_00_01)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::normal;
    use crate::random::SplitMix64;

    #[test]
    fn both_kernels_agree_with_the_plain_sum_at_every_length() {
        let mut random = SplitMix64::new(1);
        for length in (0..140).chain([255, 256, 384, 769]) {
            let a: Vec<f32> = (0..length).map(|_| normal(&mut random)).collect();
            let b: Vec<f32> = (0..length).map(|_| normal(&mut random)).collect();
            let plain: f64 = a.iter().zip(&b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
            for kernel in [Kernel::detect(), Kernel::portable()] {
                let got = f64::from((kernel.dot)(&a, &b));
                assert!((got - plain).abs() < 1e-3, "length {length}: {got} is not {plain}");
            }
        }
    }

    #[test]
    fn gathered_code_sums_are_exact_and_in_the_order_asked() {
        let mut random = SplitMix64::new(2);
        for stride in (CODE_LANES..=512).step_by(CODE_LANES) {
            let codes: Vec<i8> = (0..9 * stride).map(|_| random.below(255) as u8 as i8).collect();
            let query: Vec<i8> = (0..stride).map(|_| (random.below(255) as i16 - 127) as i8).collect();
            let codes: Vec<i8> = codes.into_iter().map(|code| code.max(-127)).collect();
            let rows = Ordinal::array([8, 0, 3, 3, 7, 1]);
            let plain: Vec<i32> = rows
                .iter()
                .map(|&row| query.iter().zip(row_of(&codes, row, stride)).map(|(x, y)| *x as i32 * *y as i32).sum())
                .collect();
            for kernel in [Kernel::detect(), Kernel::portable()] {
                let mut sums = vec![99; 3];
                kernel.gather(&query, &codes, &rows, &mut sums);
                assert_eq!(sums, plain, "stride {stride}");
            }
        }
    }

    #[test]
    fn the_largest_codes_do_not_overflow() {
        for (x, y) in [(127, 127), (127, -128), (-127, 127), (-127, -127)] {
            for kernel in [Kernel::detect(), Kernel::portable()] {
                let mut sums = Vec::new();
                kernel.gather(&[x; 1024], &[y; 1024], &[Ordinal::new(0)], &mut sums);
                assert_eq!(sums, [1024 * i32::from(x) * i32::from(y)]);
            }
        }
    }
}
