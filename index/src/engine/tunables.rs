//! The constants of search that a tuner may move: name, range, scale and where
//! they lie in the settings. A value within its range always passes
//! [`EngineSettings::check`].

use super::EngineSettings;

/// How far apart two values feel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// By their difference.
    Linear,
    /// By their ratio; the range starts above 0.
    Logarithmic,
}

/// One constant.
pub struct Tunable {
    /// Its place below `search` in the settings file.
    pub name: &'static str,
    /// The least a tuner tries.
    pub least: f32,
    /// The most a tuner tries.
    pub most: f32,
    /// How its range is walked.
    pub scale: Scale,
    /// Reads it.
    pub get: fn(&EngineSettings) -> f32,
    /// Writes it.
    pub set: fn(&mut EngineSettings, f32),
}

impl std::fmt::Debug for Tunable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}..={}", self.name, self.least, self.most)
    }
}

impl Tunable {
    /// The value at a share of the range, 0 to 1.
    pub fn at(&self, share: f32) -> f32 {
        let share = share.clamp(0.0, 1.0);
        let value = match self.scale {
            Scale::Linear => self.least + share * (self.most - self.least),
            Scale::Logarithmic => self.least * (self.most / self.least).powf(share),
        };
        // Three digits are all that judged queries can tell apart.
        let step = 10f32.powf(value.abs().max(1e-6).log10().floor() - 2.0);
        ((value / step).round() * step).clamp(self.least, self.most)
    }

    /// The share of the range at which a value lies.
    pub fn share(&self, value: f32) -> f32 {
        let share = match self.scale {
            Scale::Linear => (value - self.least) / (self.most - self.least),
            Scale::Logarithmic => (value.max(self.least) / self.least).ln() / (self.most / self.least).ln(),
        };
        share.clamp(0.0, 1.0)
    }
}

macro_rules! tunables {
    ($($name:literal $least:literal $most:literal $scale:ident $($path:ident).+;)*) => {
        &[$(Tunable {
            name: $name,
            least: $least,
            most: $most,
            scale: Scale::$scale,
            get: |settings| settings.$($path).+,
            set: |settings, value| settings.$($path).+ = value,
        }),*]
    };
}

/// All of them.
pub const TUNABLES: &[Tunable] = tunables! {
    "text.title" 0.5 10.0 Logarithmic text.title;
    "text.brand" 0.1 10.0 Logarithmic text.brand;
    "text.category" 0.1 10.0 Logarithmic text.category;
    "text.description" 0.05 5.0 Logarithmic text.description;
    "text.attributes" 0.05 5.0 Logarithmic text.attributes;
    "text.tie" 0.0 1.0 Linear text.tie;
    "text.k1" 0.1 3.0 Logarithmic text.k1;
    "text.b" 0.0 1.0 Linear text.b;
    "text.apart" 0.1 1.0 Linear text.apart;
    "text.joined" 0.1 1.0 Linear text.joined;
    "text.relaxed_share" 0.1 1.0 Linear text.relaxed_share;
    "text.missing_cost" 0.1 8.0 Logarithmic text.missing_cost;
    "rank.vector_weight" 0.0 1.0 Linear rank.vector_weight;
    "rank.min_similarity" 0.2 0.9 Linear rank.min_similarity;
    "rank.min_similarity_alone" 0.1 0.9 Linear rank.min_similarity_alone;
    "rank.adjacent" 0.01 2.0 Logarithmic rank.adjacent;
    "rank.coverage" 0.01 2.0 Logarithmic rank.coverage;
    "rank.popularity" 0.01 2.0 Logarithmic rank.popularity;
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_tuner_tries_the_settings_accept() {
        for tunable in TUNABLES {
            for share in [0.0, 0.3, 1.0] {
                let mut settings = EngineSettings::default();
                (tunable.set)(&mut settings, tunable.at(share));
                assert!(settings.check().is_ok(), "{tunable:?} at {share}");
                let value = (tunable.get)(&settings);
                assert!((tunable.least..=tunable.most).contains(&value), "{tunable:?}: {value}");
                assert!((tunable.share(value) - share).abs() < 0.02, "{tunable:?}: {value} is not at {share}");
            }
        }
    }

    #[test]
    fn the_defaults_lie_within_what_is_tried() {
        for tunable in TUNABLES {
            let value = (tunable.get)(&EngineSettings::default());
            assert!((tunable.least..=tunable.most).contains(&value), "{tunable:?}: {value}");
        }
    }

    #[test]
    fn names_are_places_in_the_settings() -> Result<(), serde_json::Error> {
        let written = serde_json::to_value(EngineSettings::default())?;
        for tunable in TUNABLES {
            let pointer = format!("/{}", tunable.name.replace('.', "/"));
            assert!(written.pointer(&pointer).is_some(), "{}", tunable.name);
        }
        Ok(())
    }
}
