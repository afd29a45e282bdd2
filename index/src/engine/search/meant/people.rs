//! Those for whom a product is, by its attributes, title, categories and tags.

use std::sync::Arc;

use super::MeaningReader;
use super::part::PartInPlay;
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::hit::UnderstoodPart;
use crate::text::meant::{MeantAge, MeantGender, MeantPart, MeantPerson, Phrases, WidenedWord};

/// The amount that products for the person are raised by.
const FOR_THEM: f32 = 0.35;
/// The amount that products for everybody are raised by.
const FOR_ALL: f32 = 0.2;
/// Weight of other words for the same people, against the word as typed.
const OTHER_WORDS: f32 = 0.8;

impl MeaningReader<'_> {
    /// A person: products for them are raised, those for others only are left out, those that say nothing stay. `None`
    /// where no product says that it is for them.
    pub(super) fn person(
        self,
        part: &MeantPart,
        text: &str,
        person: MeantPerson,
        is_word: bool,
        phrases: &Phrases,
    ) -> Result<Option<PartInPlay>> {
        let kinds = person.kinds();
        let theirs = self.for_kinds(&kinds, phrases)?;
        if theirs.count() == 0 || person.gender == Some(MeantGender::Unisex) {
            let only_named = || PartInPlay {
                shown: UnderstoodPart::new("person", text),
                hidden: vec![part.range.clone()],
                ..PartInPlay::default()
            };
            return Ok((!is_word).then(only_named));
        }
        let others = self.for_others(person, &theirs, phrases)?;
        let shown =
            UnderstoodPart { boost: Some(format!("for {}", kinds.join(", "))), ..UnderstoodPart::new("person", text) };
        let mut raises = vec![(Arc::new(theirs), FOR_THEM)];
        if person.gender.is_some() && !person.is_young() {
            raises.push((Arc::new(self.for_kinds(&["unisex"], phrases)?), FOR_ALL));
        }
        let widens = is_word.then(|| WidenedWord {
            range: part.range.clone(),
            words: phrases.words_for_people(&kinds).map(str::to_owned).collect(),
            weight: OTHER_WORDS,
            optional: !person.is_young() && person.age != Some(MeantAge::Senior),
        });
        // The compound `damenschuhe` is searched for as it is.
        let compound = phrases.is_compound(text);
        Ok(Some(PartInPlay {
            shown,
            hidden: if is_word { Vec::new() } else { vec![part.range.clone()] },
            drops: (others.count() > 0).then(|| Arc::new(others)),
            raises,
            widens: widens.filter(|_| !compound),
            certainty: 3,
            ..PartInPlay::default()
        }))
    }

    /// The products that are for other people only.
    fn for_others(self, person: MeantPerson, theirs: &Bitmap, phrases: &Phrases) -> Result<Bitmap> {
        let of = |wanted: &dyn Fn(&MeantPerson) -> bool| {
            let kinds = MeantPerson::KINDS.iter().filter(|(_, other)| wanted(other)).map(|(kind, _)| *kind);
            self.for_kinds(&kinds.collect::<Vec<_>>(), phrases)
        };
        let mut others = Bitmap::new(theirs.len());
        if let Some(gender) = person.gender {
            let mut wrong = of(&|other| other.gender.is_some_and(|it| it != gender && it != MeantGender::Unisex))?;
            wrong.and_not(&of(&|other| other.gender == Some(gender) || other.gender == Some(MeantGender::Unisex))?);
            others.or(&wrong);
        }
        let young = of(&MeantPerson::is_young)?;
        let grown = of(&|other| matches!(other.age, Some(MeantAge::Adult)))?;
        let wrong = match person.age {
            Some(MeantAge::Child | MeantAge::Baby | MeantAge::Teen) => Some((grown, young)),
            Some(MeantAge::Adult) => Some((young, grown)),
            _ => None,
        };
        if let Some((mut wrong, right)) = wrong {
            wrong.and_not(&right);
            others.or(&wrong);
        }
        // Whoever says to be for them is, whatever else is said.
        others.and_not(theirs);
        Ok(others)
    }

    /// The products that say to be for one of some kinds of people.
    pub(super) fn for_kinds(self, kinds: &[&str], phrases: &Phrases) -> Result<Bitmap> {
        let mut all = Bitmap::new(self.snapshot.generation.products.len());
        for kind in kinds {
            all.or(&*self.snapshot.book.people(self.snapshot, kind, phrases)?);
        }
        Ok(all)
    }
}
