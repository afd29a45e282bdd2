//! The same question to another program: SQL over the CSV in DuckDB, where a
//! Python that has it is found (`python3`, or what `TASTEMAKER_PYTHON` names).

use std::path::Path;
use std::process::Command;

use super::{LeftOut, Totals};
use crate::suite::Failure;

pub(super) const ONLINE_RETAIL: &str = r"
    with rows as (
        select InvoiceNo as invoice, Quantity::bigint as quantity, UnitPrice::decimal(18, 4) as price,
            coalesce('u' || nullif(CustomerID, ''), 'a' || InvoiceNo) as shopper,
            round(abs(Quantity::bigint) * UnitPrice::decimal(18, 4) * 100)::bigint as pence
        from read_csv(?, all_varchar = true)
    ), told as (
        select *, case
            when regexp_full_match(invoice, '[0-9]+') and quantity > 0 and price >= 0 then 'order'
            when regexp_full_match(invoice, 'C[0-9]+') and quantity < 0 and price >= 0 then 'refund'
            else 'neither' end as kind
        from rows
    )
    select count(distinct invoice) filter (kind = 'order') as orders,
        count(*) filter (kind = 'order') as order_lines,
        coalesce(sum(quantity) filter (kind = 'order'), 0)::bigint as order_units,
        coalesce(sum(pence) filter (kind = 'order'), 0)::bigint as order_minor,
        count(distinct invoice) filter (kind = 'refund') as refunds,
        count(*) filter (kind = 'refund') as refund_lines,
        coalesce(-sum(quantity) filter (kind = 'refund'), 0)::bigint as refund_units,
        coalesce(sum(pence) filter (kind = 'refund'), 0)::bigint as refund_minor,
        count(distinct shopper) filter (kind <> 'neither') as shoppers,
        count(*) filter (kind = 'neither') as left_out_rows,
        coalesce(sum(sign(quantity) * pence) filter (kind = 'neither'), 0)::bigint as left_out_minor
    from told";

pub(super) const COMPLETEJOURNEY: &str = r"
    with rows as (
        select basket_id, household_id, quantity::double as quantity, round(sales_value::double * 100)::bigint as cents
        from read_csv(?, all_varchar = true)
    )
    select count(distinct basket_id) filter (quantity >= 1) as orders,
        count(*) filter (quantity >= 1) as order_lines,
        coalesce(sum(quantity) filter (quantity >= 1), 0)::bigint as order_units,
        coalesce(sum(cents) filter (quantity >= 1), 0)::bigint as order_minor,
        0 as refunds, 0 as refund_lines, 0 as refund_units, 0 as refund_minor,
        count(distinct household_id) filter (quantity >= 1) as shoppers,
        count(*) filter (quantity < 1) as left_out_rows,
        coalesce(sum(cents) filter (quantity < 1), 0)::bigint as left_out_minor
    from rows";

const PROGRAM: &str = "
import json, sys
import duckdb
duckdb.execute('set enable_progress_bar = false')
found = duckdb.execute(sys.argv[1], [sys.argv[2]])
print(json.dumps(dict(zip([column[0] for column in found.description], found.fetchone()))))
";

/// The totals and what is left out; nothing, and a line that says so, without DuckDB.
pub(super) fn run(query: &str, path: &Path) -> Result<Option<(Totals, LeftOut)>, Failure> {
    let python = std::env::var("TASTEMAKER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python).args(["-c", "import duckdb"]).output();
    if !there.is_ok_and(|there| there.status.success()) {
        println!("SQL: not run, {python} has no duckdb; TASTEMAKER_PYTHON names another Python");
        return Ok(None);
    }
    let ran = Command::new(&python).args(["-c", PROGRAM, query]).arg(path).output()?;
    if !ran.status.success() {
        return Err(format!("SQL: {}", String::from_utf8_lossy(&ran.stderr)).into());
    }
    Ok(Some((serde_json::from_slice(&ran.stdout)?, serde_json::from_slice(&ran.stdout)?)))
}
