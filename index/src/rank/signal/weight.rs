//! The setting that weighs a signal: its key below `search`, its range, the part of it that a tuner tries.

use super::RankSettings;

/// The spacing of values along a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps are equal differences.
    Linear,
    /// Equal steps are equal ratios; the range starts above 0.
    Logarithmic,
}

/// The part of a setting's range that a tuner tries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TunedRange {
    /// The least value.
    pub least: f32,
    /// The largest value.
    pub most: f32,
    /// The spacing of the values tried.
    pub scale: Scale,
}

impl TunedRange {
    /// The value at a share of the range, 0 to 1.
    pub fn at(&self, share: f32) -> f32 {
        let share = share.clamp(0.0, 1.0);
        let value = match self.scale {
            Scale::Linear => self.least + share * (self.most - self.least),
            Scale::Logarithmic => self.least * (self.most / self.least).powf(share),
        };
        // Judged queries cannot tell values apart beyond three digits.
        let step = 10f32.powf(value.abs().max(1e-6).log10().floor() - 2.0);
        ((value / step).round() * step).clamp(self.least, self.most)
    }

    /// The share of the range at which a value lies, 0 to 1.
    pub fn share(&self, value: f32) -> f32 {
        let share = match self.scale {
            Scale::Linear => (value - self.least) / (self.most - self.least),
            Scale::Logarithmic => (value.max(self.least) / self.least).ln() / (self.most / self.least).ln(),
        };
        share.clamp(0.0, 1.0)
    }
}

/// The setting that weighs a signal.
#[derive(Debug, Clone, Copy)]
pub struct Weight {
    /// Its key below `search` in the settings file.
    pub key: &'static str,
    /// Its effect, for the table of settings.
    pub meaning: &'static str,
    /// The least value accepted.
    pub least: f32,
    /// The largest value accepted.
    pub most: f32,
    /// The values that a tuner tries; absent where judged queries cannot decide.
    pub tried: Option<TunedRange>,
    /// Reads it.
    pub get: fn(&RankSettings) -> f32,
    /// Writes it.
    pub set: fn(&mut RankSettings, f32),
}

/// A [`Weight`]: the setting's path below `rank`, its range, the part a tuner tries, and its effect.
macro_rules! weight {
    (@tried) => { None };
    (@tried $from:literal $to:literal $scale:ident) => {
        Some($crate::rank::TunedRange { least: $from, most: $to, scale: $crate::rank::Scale::$scale })
    };
    ($($path:ident).+, $least:literal to $most:literal $(, try $from:literal to $to:literal $scale:ident)?: $meaning:literal) => {
        Some($crate::rank::signal::Weight {
            key: concat!("rank", $(".", stringify!($path)),+),
            meaning: $meaning,
            least: $least,
            most: $most,
            tried: weight!(@tried $($from $to $scale)?),
            get: |settings| settings.$($path).+,
            set: |settings, value| settings.$($path).+ = value,
        })
    };
}

pub(super) use weight;
