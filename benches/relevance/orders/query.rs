//! The independent query: plain sums over the rows of the CSV by column number,
//! under the rules that the mappings state in words, with no code of theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::Answer;
use crate::suite::Failure;

/// Rows and their columns.
fn rows(path: &Path) -> Result<impl Iterator<Item = Result<csv::StringRecord, csv::Error>>, Failure> {
    Ok(csv::Reader::from_reader(MultiGzDecoder::new(std::fs::File::open(path)?)).into_records())
}

/// Columns: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country.
pub(super) fn online_retail(path: &Path) -> Result<Answer, Failure> {
    let mut answer = Answer::default();
    let (mut refunds, mut shoppers) = (BTreeSet::new(), BTreeSet::new());
    let mut orders: BTreeMap<String, (String, i64)> = BTreeMap::new();
    for row in rows(path)? {
        let row = row?;
        let (invoice, quantity, price): (&str, i64, f64) = (&row[0], row[3].parse()?, row[5].parse()?);
        // In thousandths of a pound, then half a penny up.
        let thousandths = quantity.abs() * (price.abs() * 1000.0).round() as i64;
        let pence = (thousandths + 5) / 10;
        let key = if row[6].is_empty() { format!("a:invoice-{invoice}") } else { format!("u:{}", &row[6]) };
        let number = invoice.parse::<u64>().is_ok();
        let cancels = invoice.starts_with('C') && invoice[1..].parse::<u64>().is_ok();
        if number && quantity > 0 && price >= 0.0 {
            answer.totals.order_lines += 1;
            answer.totals.order_units += quantity as u64;
            answer.totals.order_minor += pence;
            orders.entry(invoice.to_owned()).or_insert_with(|| (key.clone(), 0)).1 += pence;
            shoppers.insert(key);
        } else if cancels && quantity < 0 && price >= 0.0 {
            answer.totals.refund_lines += 1;
            answer.totals.refund_units += quantity.unsigned_abs();
            answer.totals.refund_minor += pence;
            refunds.insert(invoice.to_owned());
            shoppers.insert(key);
        } else {
            answer.left_out.left_out_rows += 1;
            answer.left_out.left_out_minor += if (quantity < 0) == (price < 0.0) { pence } else { -pence };
        }
    }
    answer.totals.refunds = refunds.len() as u64;
    answer.totals.shoppers = shoppers.len() as u64;
    Ok(summed(answer, orders))
}

/// Columns: household_id, store_id, basket_id, product_id, quantity, sales_value, ...
pub(super) fn completejourney(path: &Path) -> Result<Answer, Failure> {
    let mut answer = Answer::default();
    let mut shoppers = BTreeSet::new();
    let mut orders: BTreeMap<String, (String, i64)> = BTreeMap::new();
    for row in rows(path)? {
        let row = row?;
        let (quantity, paid): (f64, f64) = (row[4].parse()?, row[5].parse()?);
        let cents = (paid * 100.0 + 0.5).floor() as i64;
        if quantity >= 1.0 {
            let key = format!("u:{}", &row[0]);
            answer.totals.order_lines += 1;
            answer.totals.order_units += quantity as u64;
            answer.totals.order_minor += cents;
            orders.entry(row[2].to_owned()).or_insert_with(|| (key.clone(), 0)).1 += cents;
            shoppers.insert(key);
        } else {
            answer.left_out.left_out_rows += 1;
            answer.left_out.left_out_minor += cents;
        }
    }
    answer.totals.shoppers = shoppers.len() as u64;
    Ok(summed(answer, orders))
}

/// Fills in what is told of orders and of shoppers.
fn summed(mut answer: Answer, orders: BTreeMap<String, (String, i64)>) -> Answer {
    answer.totals.orders = orders.len() as u64;
    for (key, minor) in orders.into_values() {
        let shopper = answer.shoppers.entry(key).or_default();
        *shopper = (shopper.0 + 1, shopper.1 + minor);
    }
    answer
}
