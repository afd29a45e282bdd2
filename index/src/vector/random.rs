//! Seeded numbers for this module's tests: splitmix64 (Steele, Lea, Flood,
//! "Fast splittable pseudorandom number generators", 2014), and the clustered
//! unit rows that approximate search is tested on.

/// A seeded generator.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub(crate) fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Roughly normal: the sum of twelve uniform numbers, centred.
    pub(crate) fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }

    /// `count` rows around `clusters` centres, noise as strong as the centre.
    pub(crate) fn clustered(&mut self, count: usize, dimensions: usize, clusters: usize) -> Vec<f32> {
        let centres: Vec<f32> = (0..clusters * dimensions).map(|_| self.normal()).collect();
        let mut rows = Vec::with_capacity(count * dimensions);
        for _ in 0..count {
            let centre = self.below(clusters) * dimensions;
            rows.extend(centres[centre..centre + dimensions].iter().map(|value| value + self.normal()));
        }
        rows
    }
}
