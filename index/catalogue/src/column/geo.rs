//! The locations of products. A shop with stores has few distinct locations and many products at
//! each, so the locations lie in a dictionary ordered by latitude, and a distance is computed once
//! for a location instead of once for a product. Locations outside the band of latitudes in
//! question are skipped. A product counts by its nearest location.
//!
//! Coordinates are integers in units of 10⁻⁷ degrees, about a centimetre. Distances are great
//! circles by the haversine formula on a sphere of the Earth's mean radius, within .6 % of the
//! ellipsoid.

use std::path::Path;

use super::layout::{Cutter, GeoEntry, SectionSlice};
use super::rows::{Rows, RowsView, Shape};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::flat::Section;
use crate::id::{Ordinal, ValueId};
use crate::product::Product;

/// Mean radius of the Earth, in metres (IUGG 1980).
const EARTH_METRES: f64 = 6_371_008.8;
const UNITS_A_DEGREE: f64 = 1e7;

/// A location in the integer units of a column; ordered by latitude, then longitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GeoPoint {
    lat: i32,
    lon: i32,
}

impl GeoPoint {
    /// The point at a latitude and longitude in degrees; values out of range are clamped.
    pub fn new(lat: f64, lon: f64) -> Self {
        let units = |degrees: f64, most: f64| (degrees.clamp(-most, most) * UNITS_A_DEGREE).round() as i32;
        Self { lat: units(lat, 90.0), lon: units(lon, 180.0) }
    }

    /// Latitude and longitude in degrees.
    pub fn degrees(self) -> (f64, f64) {
        (f64::from(self.lat) / UNITS_A_DEGREE, f64::from(self.lon) / UNITS_A_DEGREE)
    }

    /// Latitude and longitude in units of 10⁻⁷ degrees.
    pub(super) fn units(self) -> (i32, i32) {
        (self.lat, self.lon)
    }

    /// The locations of a product.
    pub fn of(product: &Product) -> impl Iterator<Item = Self> + '_ {
        product.locations.iter().map(|location| Self::new(location.lat, location.lon))
    }

    /// The great-circle distance to another point, in metres.
    pub fn metres_to(self, other: Self) -> f64 {
        let (lat, lon) = self.degrees();
        let (other_lat, other_lon) = other.degrees();
        let half_sine = |degrees: f64| (degrees.to_radians() / 2.0).sin();
        let (north, east) = (half_sine(other_lat - lat), half_sine(other_lon - lon));
        let haversine = north * north + lat.to_radians().cos() * other_lat.to_radians().cos() * east * east;
        2.0 * EARTH_METRES * haversine.min(1.0).sqrt().asin()
    }
}

/// A rectangle of latitudes and longitudes, edges included. If `west` lies east of `east`, the box spans the 180th
/// meridian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GeoBox {
    /// The south-west corner.
    pub south_west: GeoPoint,
    /// The north-east corner.
    pub north_east: GeoPoint,
}

impl GeoBox {
    /// True if the point lies in the box.
    pub fn contains(&self, place: GeoPoint) -> bool {
        let (west, east) = (self.south_west.lon, self.north_east.lon);
        let between =
            if west <= east { (west..=east).contains(&place.lon) } else { place.lon >= west || place.lon <= east };
        between && (self.south_west.lat..=self.north_east.lat).contains(&place.lat)
    }
}

/// A column of locations, any number for each product.
#[derive(Debug, Clone)]
pub struct GeoColumn {
    pub(super) lat: SectionSlice<u32>,
    pub(super) lon: SectionSlice<u32>,
    pub(super) rows: Rows,
}

impl GeoColumn {
    /// Cuts the column from its section and validates it.
    pub(super) fn open(path: &Path, products: usize, entry: &GeoEntry, words: &Section<u32>) -> Result<Self> {
        let &GeoEntry { encoding, distinct, rows, values, .. } = entry;
        let mut words = Cutter::new(path, words, entry.words_at);
        let column = Self {
            lat: words.cut(distinct)?,
            lon: words.cut(distinct)?,
            rows: Rows::open(path, products, Shape { encoding, distinct, rows, values }, &mut words)?,
        };
        let view = column.view();
        let places = || (0..distinct).map(|at| view.place(at));
        let on_earth = |place: GeoPoint| GeoPoint::new(place.degrees().0, place.degrees().1) == place;
        if !places().is_sorted_by(|a, b| a < b) || !places().all(on_earth) {
            return Err(Error::corrupt(path, "places are out of order or off the Earth"));
        }
        Ok(column)
    }

    /// A column of these points, which must ascend, with the rows that refer to them.
    pub(super) fn of(places: &[GeoPoint], rows: Rows) -> Self {
        let part = |of: fn(&GeoPoint) -> i32| places.iter().map(|place| of(place) as u32).collect::<Vec<_>>().into();
        Self { lat: part(|place| place.lat), lon: part(|place| place.lon), rows }
    }

    /// The column as plain slices; call it once, outside of loops.
    pub fn view(&self) -> GeoView<'_> {
        GeoView { lat: &self.lat, lon: &self.lon, rows: self.rows.view() }
    }
}

/// A borrowed [`GeoColumn`] for use in loops.
#[derive(Debug, Clone, Copy)]
pub struct GeoView<'a> {
    lat: &'a [u32],
    lon: &'a [u32],
    rows: RowsView<'a>,
}

impl<'a> GeoView<'a> {
    /// Adds the products with a location within `metres` of `centre`, edge included.
    pub fn within(&self, centre: GeoPoint, metres: f64, passing: &mut Bitmap) {
        // A degree of latitude has the same length everywhere; one unit more absorbs rounding.
        let band = (metres / EARTH_METRES).to_degrees() * UNITS_A_DEGREE + 1.0;
        let (south, north) = (f64::from(centre.lat) - band, f64::from(centre.lat) + band);
        let from = self.lat.partition_point(|&lat| f64::from(lat as i32) < south);
        let near = (from..self.lat.len()).take_while(|&at| f64::from(self.lat[at] as i32) <= north);
        self.add(near.filter(|&at| self.place(at).metres_to(centre) <= metres), passing);
    }

    /// Adds the products with a location nearer than `metres` to `centre`, edge excluded.
    pub fn nearer(&self, centre: GeoPoint, metres: f64, passing: &mut Bitmap) {
        self.within(centre, metres.next_down(), passing);
    }

    /// Adds the products with a location in a box.
    pub fn inside(&self, bounds: &GeoBox, passing: &mut Bitmap) {
        let from = self.lat.partition_point(|&lat| (lat as i32) < bounds.south_west.lat);
        let near = (from..self.lat.len()).take_while(|&at| self.lat[at] as i32 <= bounds.north_east.lat);
        self.add(near.filter(|&at| bounds.contains(self.place(at))), passing);
    }

    /// The products that have any location.
    pub fn present(&self) -> Bitmap {
        self.rows.present()
    }

    /// A function that gives the metres from `centre` to a product's nearest location, computing each location once.
    pub(super) fn distances(self, centre: GeoPoint) -> impl FnMut(Ordinal) -> Option<f64> + 'a {
        let mut known = vec![f64::NAN; self.lat.len()];
        move |ordinal| {
            let places = self.rows.values(ordinal).iter().filter_map(|at| {
                let metres = known.get_mut(at.index())?;
                if metres.is_nan() {
                    *metres = self.place(at.index()).metres_to(centre);
                }
                Some(*metres)
            });
            places.reduce(f64::min)
        }
    }

    /// A product's locations, ascending.
    pub(super) fn places_of(self, ordinal: Ordinal) -> impl Iterator<Item = GeoPoint> + 'a {
        self.rows.values(ordinal).iter().map(move |at| self.place(at.index()))
    }

    /// All locations, ascending.
    pub(super) fn places(self) -> impl Iterator<Item = GeoPoint> + 'a {
        (0..self.lat.len()).map(move |at| self.place(at))
    }

    fn add(&self, places: impl Iterator<Item = usize>, passing: &mut Bitmap) {
        for at in places {
            let at = ValueId::from_index(at);
            self.rows.products_of(at..at.next()).iter().for_each(|&ordinal| passing.insert(ordinal));
        }
    }

    fn place(&self, at: usize) -> GeoPoint {
        let part = |units: &[u32]| units.get(at).map_or(0, |&bits| bits as i32);
        GeoPoint { lat: part(self.lat), lon: part(self.lon) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::tests::columns_of;
    use crate::product::StoreLocation;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// The angle between two unit vectors, by its tangent: exact for near and far points alike
    /// (Vincenty's formula on a sphere, written without the haversine).
    fn exact_metres(a: (f64, f64), b: (f64, f64)) -> f64 {
        let unit = |(lat, lon): (f64, f64)| {
            let (lat, lon) = (lat.to_radians(), lon.to_radians());
            [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
        };
        let ([ax, ay, az], [bx, by, bz]) = (unit(a), unit(b));
        let cross = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
        let across = cross.iter().map(|x| x * x).sum::<f64>().sqrt();
        EARTH_METRES * across.atan2(ax * bx + ay * by + az * bz)
    }

    #[test]
    fn known_distances_come_out() {
        let metres = |a: (f64, f64), b: (f64, f64)| GeoPoint::new(a.0, a.1).metres_to(GeoPoint::new(b.0, b.1));
        let (copenhagen, malmo, sydney) = ((55.676_1, 12.568_3), (55.605_0, 13.003_8), (-33.868_8, 151.209_3));
        assert!((metres(copenhagen, malmo) - 28_460.0).abs() < 100.0, "{}", metres(copenhagen, malmo));
        assert!((metres(copenhagen, sydney) / 16_050_000.0 - 1.0).abs() < 0.01, "{}", metres(copenhagen, sydney));
        assert!((metres((0.0, 0.0), (0.0, 1.0)) - 111_195.08).abs() < 0.1);
        assert!((metres((0.0, 179.5), (0.0, -179.5)) - 111_195.08).abs() < 0.1);
        assert!((metres((90.0, 0.0), (-90.0, 77.0)) - EARTH_METRES * std::f64::consts::PI).abs() < 0.1);
    }

    fn place() -> impl Strategy<Value = (f64, f64)> {
        prop_oneof![
            (-90.0..=90.0f64, -180.0..=180.0f64),
            (54.0..58.0f64, 8.0..16.0f64),
            (-0.1..0.1f64, prop_oneof![179.9..=180.0f64, -180.0..=-179.9f64]),
        ]
    }

    proptest! {
        #[test]
        fn distances_agree_with_an_exact_formula(a in place(), b in place()) {
            let metres = GeoPoint::new(a.0, a.1).metres_to(GeoPoint::new(b.0, b.1));
            // Rounding moves a point by up to 8 mm.
            prop_assert!((metres - exact_metres(a, b)).abs() < 0.05, "{metres} and {}", exact_metres(a, b));
        }

        #[test]
        fn a_radius_a_box_and_the_nearest_place_agree_with_a_plain_reading(
            products in vec(vec(place(), 0..4), 0..60), centre in place(), metres in 0.0..3_000_000.0f64,
            corner in place(), other in place(),
        ) {
            let catalogue: Vec<Product> = products.iter().map(|places| Product {
                locations: places.iter().map(|&(lat, lon)| StoreLocation { lat, lon, store_id: None }).collect(),
                ..Product::default()
            }).collect();
            let columns = columns_of(&catalogue).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let Some(geo) = columns.geo() else { return Err(TestCaseError::fail("no column of places")) };
            let centre = GeoPoint::new(centre.0, centre.1);
            let bounds = GeoBox {
                south_west: GeoPoint::new(corner.0.min(other.0), corner.1),
                north_east: GeoPoint::new(corner.0.max(other.0), other.1),
            };
            let (mut within, mut inside) = (Bitmap::new(products.len()), Bitmap::new(products.len()));
            geo.within(centre, metres, &mut within);
            geo.inside(&bounds, &mut inside);
            let mut distance = geo.distances(centre);
            for (ordinal, product) in Ordinal::enumerate(&catalogue) {
                let nearest = GeoPoint::of(product).map(|place| place.metres_to(centre)).reduce(f64::min);
                prop_assert_eq!(distance(ordinal), nearest);
                prop_assert_eq!(within.contains(ordinal), nearest.is_some_and(|nearest| nearest <= metres));
                prop_assert_eq!(inside.contains(ordinal), GeoPoint::of(product).any(|place| bounds.contains(place)));
            }
        }
    }
}
