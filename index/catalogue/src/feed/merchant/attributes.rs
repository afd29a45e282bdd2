//! Maps Merchant Center's attributes. The merchant's own `product_type` is the category;
//! `google_product_category` is stored as an attribute, or is the category if there is no other.
//! Multiple colours or materials become lists; the cost of goods becomes the margin. A product with
//! an unreadable price or availability is rejected, because it could be sold wrongly; any other
//! unreadable value is dropped and counted.

use super::super::notes::FeedNotes;
use super::super::table::is_null;
use super::super::value::{
    attribute_name, availability, category_path, condition, gtin, in_effect, measure, parse_price, plain_text, yes_no,
};
use super::super::{FeedContext, Price};
use crate::product::{AttributeValue, Availability, FieldError, Product};

/// The most values of one attribute, and the most attributes of one product; further ones are dropped.
const MAX_VALUES: usize = 100;

/// A product while its attributes are read.
pub(in super::super) struct Attributes<'a> {
    reading: FeedContext,
    line: u64,
    notes: &'a mut FeedNotes,
    product: Product,
    availability: Option<Availability>,
    price: Option<Price>,
    sale_price: Option<Price>,
    sale_dates: Option<String>,
    cost: Option<Price>,
    standard_category: Option<String>,
}

impl<'a> Attributes<'a> {
    /// Starts the product of a line.
    pub(in super::super) fn new(reading: FeedContext, line: u64, notes: &'a mut FeedNotes) -> Self {
        Self {
            reading,
            line,
            notes,
            product: Product::default(),
            availability: None,
            price: None,
            sale_price: None,
            sale_dates: None,
            cost: None,
            standard_category: None,
        }
    }

    /// Takes one attribute. Fields with a single value use the first one; the sale price, its dates, the cost and the
    /// standard category use the last.
    ///
    /// # Errors
    /// If a price or the availability cannot be read.
    pub(in super::super) fn take(&mut self, name: &str, value: &str) -> Result<(), FieldError> {
        let value = value.trim();
        if value.is_empty() || is_null(value) {
            return Ok(());
        }
        let product = &mut self.product;
        match name {
            "id" => once(&mut product.id, value),
            "title" => once(&mut product.title, &plain_text(value).replace('\n', " ")),
            "description" | "summary" | "content" => once(&mut product.description, &plain_text(value)),
            "link" => first(&mut product.url, &value.replace("&amp;", "&")),
            "image_link" => first(&mut product.image, &value.replace("&amp;", "&")),
            "brand" => first(&mut product.brand, &plain_text(value)),
            "mpn" => first(&mut product.mpn, value),
            "item_group_id" => first(&mut product.group_id, value),
            "price" => self.price = Some(self.price.map_or_else(|| self.price_of(name, value), Ok)?),
            "sale_price" => self.sale_price = Some(self.price_of(name, value)?),
            "sale_price_effective_date" => self.sale_dates = Some(value.to_owned()),
            "availability" => {
                let message = || format!("`{value}` is none of in_stock, out_of_stock, preorder, backorder");
                let read = availability(value).ok_or_else(|| FieldError::new(name, message()))?;
                self.availability.get_or_insert(read);
            }
            "google_product_category" => self.standard_category = category_path(value, false),
            "product_type" => self.product_types(value),
            "gtin" | "upc" | "ean" | "isbn" | "barcode" => self.gtin(name, value),
            "cost_of_goods_sold" => self.cost = parse_price(value, self.reading.currency).ok(),
            _ => self.take_other(name, value),
        }
        Ok(())
    }

    /// Takes an attribute that is stored under its name; counts an unknown one as ignored.
    fn take_other(&mut self, name: &str, value: &str) {
        match name {
            "color" | "material" => self.list(name, value.split('/')),
            "condition" => match condition(value) {
                Some(known) => self.text(name, known),
                None => self.drop(name, "is none of new, refurbished, used", value),
            },
            "gender" | "age_group" | "size_type" | "size_system" => self.text(name, &value.to_lowercase()),
            "size"
            | "pattern"
            | "energy_efficiency_class"
            | "custom_label_0"
            | "custom_label_1"
            | "custom_label_2"
            | "custom_label_3"
            | "custom_label_4" => self.text(name, &plain_text(value)),
            "product_highlight" => self.list(name, std::iter::once(value)),
            "product_detail" => self.details(value),
            "adult" | "is_bundle" => match yes_no(value) {
                Some(yes) => self.put(name, AttributeValue::Bool(yes)),
                None => self.drop(name, "is neither yes nor no", value),
            },
            "multipack" => match value.parse::<u32>() {
                Ok(pieces) => self.put(name, AttributeValue::Whole(i128::from(pieces))),
                Err(_) => self.drop(name, "is no whole number", value),
            },
            "shipping_weight" => self.measure(name, "shipping_weight", value),
            "product_weight" | "product_length" | "product_width" | "product_height" => {
                self.measure(name, &name["product_".len()..], value);
            }
            "quantity" | "inventory" | "quantity_to_sell_on_facebook" | "sell_on_google_quantity" => {
                match value.parse() {
                    Ok(pieces) => self.product.stock = Some(pieces),
                    Err(_) => self.drop(name, "is no whole number of 0 or more", value),
                }
            }
            _ => self.notes.ignore(name),
        }
    }

    /// The product, after all attributes were taken.
    pub(in super::super) fn finish(mut self) -> Product {
        let standard = self.standard_category.take();
        match standard {
            Some(path) if self.product.categories.is_empty() && !is_number(&path) => self.product.categories.push(path),
            Some(path) => self.put("google_product_category", AttributeValue::Text(path)),
            None => {}
        }
        self.product.availability = self.availability.unwrap_or_default();
        self.settle_prices();
        self.product
    }

    fn settle_prices(&mut self) {
        let Some(price) = self.price.or(self.sale_price) else { return };
        self.product.price = Some(price.minor);
        self.product.currency = price.currency.map(|currency| currency.to_string());
        if let Some(sale) = self.sale_price.filter(|sale| sale.currency == price.currency && sale.minor > price.minor) {
            self.drop("sale_price", "is above the price", &sale.minor.to_string());
        }
        // A sale price that is not below the regular price is not a reduction.
        if let Some(sale) = self.sale_price.filter(|sale| sale.currency == price.currency && sale.minor < price.minor) {
            let dates = self.sale_dates.take().unwrap_or_default();
            match in_effect(&dates, self.reading.now) {
                Some(false) => self.drop("sale_price", "is not on at this time", &dates),
                _ => self.product.sale_price = Some(sale.minor),
            }
        }
        let paid = self.product.sale_price.unwrap_or(price.minor);
        if let Some(cost) = self.cost.filter(|cost| cost.currency == price.currency && paid > 0) {
            self.product.margin = Some(margin(paid, cost.minor));
        }
    }

    fn price_of(&self, name: &str, value: &str) -> Result<Price, FieldError> {
        parse_price(value, self.reading.currency).map_err(|error| FieldError::new(name, error.to_string()))
    }

    fn product_types(&mut self, value: &str) {
        // Several types are separated by commas, which also occur in names: the value is a list only if each part is
        // a path.
        let several = value.contains('>') && value.split(',').all(|path| path.contains('>'));
        let paths: Vec<&str> = if several { value.split(',').collect() } else { vec![value] };
        for path in paths.into_iter().filter_map(|path| category_path(path, false)) {
            let categories = &mut self.product.categories;
            if categories.len() < MAX_VALUES && !categories.contains(&path) {
                categories.push(path);
            }
        }
    }

    fn gtin(&mut self, name: &str, value: &str) {
        match gtin(value) {
            Some(gtin) => first(&mut self.product.gtin, &gtin),
            None => self.drop(name, "is no GTIN with a right check digit", value),
        }
    }

    /// Parses `section:name:value`, several separated by commas.
    fn details(&mut self, value: &str) {
        let several = value.split(',').all(|detail| detail.matches(':').count() >= 2);
        let details: Vec<&str> = if several { value.split(',').collect() } else { vec![value] };
        for detail in details {
            let mut parts = detail.splitn(3, ':').skip(1).map(str::trim);
            match (parts.next().map(attribute_name), parts.next().map(plain_text)) {
                (Some(name), Some(value)) if !name.is_empty() && !value.is_empty() => self.text(&name, &value),
                _ => self.drop("product_detail", "is not section:name:value", detail),
            }
        }
    }

    fn measure(&mut self, field: &str, name: &str, value: &str) {
        match measure(value) {
            Some(measure) => {
                let name = format!("{name}_{}", measure.quantity.unit());
                self.put(&name, AttributeValue::number(measure.value));
            }
            None => self.drop(field, "is no number with a known unit", value),
        }
    }

    /// Adds a single text.
    pub(in super::super) fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.put(name, AttributeValue::Text(value.to_owned()));
        }
    }

    /// Counts a column without a counterpart.
    pub(in super::super) fn ignore(&mut self, column: &str) {
        self.notes.ignore(column);
    }

    /// Adds texts; a single one is not stored as a list.
    pub(in super::super) fn list<'v>(&mut self, name: &str, values: impl Iterator<Item = &'v str>) {
        for value in values.map(plain_text).filter(|value| !value.is_empty()) {
            self.put(name, AttributeValue::Text(value));
        }
    }

    /// Adds a value. A second value makes a list; a duplicate is dropped.
    fn put(&mut self, name: &str, value: AttributeValue) {
        let attributes = &mut self.product.attributes;
        let full = attributes.len() >= MAX_VALUES;
        match attributes.get_mut(name) {
            None if full => self.notes.ignore(name),
            None => drop(attributes.insert(name.to_owned(), value)),
            Some(AttributeValue::List(values)) => {
                if values.len() < MAX_VALUES && !values.contains(&value) {
                    values.push(value);
                }
            }
            Some(known) if *known != value => *known = AttributeValue::List(vec![known.clone(), value]),
            Some(_) => {}
        }
    }

    fn drop(&mut self, field: &str, reason: &str, value: &str) {
        self.notes.drop(self.line, field, reason, value);
    }
}

/// Gross margin as a share of the price paid, rounded to a thousandth.
pub(in super::super) fn margin(paid: i64, cost: i64) -> f64 {
    ((paid - cost) as f64 / paid as f64 * 1000.0).round() / 1000.0
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn once(place: &mut String, value: &str) {
    if place.is_empty() {
        value.clone_into(place);
    }
}

fn first(place: &mut Option<String>, value: &str) {
    if place.is_none() && !value.is_empty() {
        *place = Some(value.to_owned());
    }
}
