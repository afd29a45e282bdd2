//! The product nodes of a JSON-LD document, each with the fields it inherits from its group. Names
//! are compared by their last part: `https://schema.org/Product`, `schema:Product` and `Product`
//! are the same.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::super::notes::FeedNotes;

/// The fields of one node, by name.
pub(super) type NodeFields = Map<String, Value>;

/// The most products of one document; further ones are dropped and counted.
const MAX_PRODUCTS: usize = 100_000;

/// The largest value that variants inherit, in JSON elements; 32 bytes of text count as one. Without a limit, the
/// output of a document could be quadratic in its length.
const MAX_SHARED: usize = 2000;

/// The fields of a group that its variants do not inherit.
const GROUP_ONLY: [&str; 18] = [
    "@id",
    "@type",
    "@context",
    "url",
    "hasVariant",
    "variesBy",
    "productGroupID",
    "sku",
    "gtin",
    "gtin8",
    "gtin12",
    "gtin13",
    "gtin14",
    "mpn",
    "productID",
    "identifier",
    "isVariantOf",
    "inProductGroupWithID",
];

/// A product and the fields shared by its group.
#[derive(Debug)]
pub(super) struct ProductNode {
    fields: NodeFields,
    group: Option<Rc<NodeFields>>,
}

impl ProductNode {
    /// The product's fields, completed with those of its group.
    pub(super) fn with_inherited(self) -> NodeFields {
        let mut fields = self.fields;
        for (name, value) in self.group.iter().flat_map(|group| group.iter()) {
            fields.entry(name.clone()).or_insert_with(|| value.clone());
        }
        fields
    }
}

/// The last part of a name.
pub(super) fn local(name: &str) -> &str {
    name.rsplit(['/', '#', ':']).next().unwrap_or(name)
}

/// True if the node has one of these types.
fn is(node: &NodeFields, wanted: &[&str]) -> bool {
    let types = node.get("@type").or_else(|| node.get("type"));
    let matches = |value: &Value| value.as_str().is_some_and(|name| wanted.contains(&local(name)));
    types.is_some_and(|types| matches(types) || types.as_array().is_some_and(|types| types.iter().any(matches)))
}

/// The values of a field: the elements of a list, or the single value.
pub(super) fn each(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let list = value.and_then(Value::as_array);
    list.into_iter().flatten().chain(value.filter(|_| list.is_none()))
}

/// The products of a document.
pub(super) fn products(document: &Value, line: u64, notes: &mut FeedNotes) -> Vec<ProductNode> {
    let mut nodes = Vec::new();
    gather(document, &mut nodes, notes);
    let mut by_id: HashMap<&str, &NodeFields> = HashMap::new();
    for node in &nodes {
        if let Some(id) = node.get("@id").and_then(Value::as_str) {
            by_id.entry(id).or_insert(node);
        }
    }
    let mut found = NodeSearch { by_id, shared: HashMap::new(), taken: HashSet::new(), products: Vec::new() };
    for group in nodes.iter().copied().filter(|node| is(node, &GROUPS)) {
        found.group(group, line, notes);
    }
    for product in nodes.iter().copied().filter(|node| is(node, &PRODUCTS)) {
        let id = product.get("@id").and_then(Value::as_str);
        if id.is_none_or(|id| !found.taken.contains(id)) {
            let group = found.group_of(product);
            found.push(product, group, line, notes);
        }
    }
    found.products
}

const GROUPS: [&str; 2] = ["ProductGroup", "ProductModel"];
const PRODUCTS: [&str; 4] = ["Product", "IndividualProduct", "SomeProducts", "Vehicle"];

/// Collects the nodes that may be products: listed ones, those in a graph, and the main entity of a page or list
/// item.
fn gather<'v>(value: &'v Value, nodes: &mut Vec<&'v NodeFields>, notes: &mut FeedNotes) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| gather(value, nodes, notes)),
        Value::Object(node) if is(node, &GROUPS) || is(node, &PRODUCTS) => nodes.push(node),
        Value::Object(node) => {
            let below = ["@graph", "mainEntity", "mainEntityOfPage", "about", "itemListElement", "item"];
            let mut any = false;
            for inner in below.iter().filter_map(|key| node.get(*key)).filter(|inner| !inner.is_string()) {
                any = true;
                gather(inner, nodes, notes);
            }
            if !any && let Some(kind) = node.get("@type").and_then(Value::as_str) {
                notes.ignore(&format!("@type {}", local(kind)));
            }
        }
        _ => {}
    }
}

struct NodeSearch<'v> {
    by_id: HashMap<&'v str, &'v NodeFields>,
    /// The shared fields of groups, by the id of the group.
    shared: HashMap<&'v str, Rc<NodeFields>>,
    /// The ids of nodes that were taken as variants.
    taken: HashSet<&'v str>,
    products: Vec<ProductNode>,
}

impl<'v> NodeSearch<'v> {
    fn push(&mut self, fields: &NodeFields, group: Option<Rc<NodeFields>>, line: u64, notes: &mut FeedNotes) {
        if self.products.len() < MAX_PRODUCTS {
            let fields = fields.clone();
            self.products.push(ProductNode { fields, group });
        } else {
            notes.drop(line, "document", "has too many products, left out", "");
        }
    }

    fn group(&mut self, group: &'v NodeFields, line: u64, notes: &mut FeedNotes) {
        let shared = Rc::new(shared(group));
        let mut variants = 0;
        for variant in each(group.get("hasVariant")).filter_map(Value::as_object) {
            let id = variant.get("@id").and_then(Value::as_str);
            let whole = id.and_then(|id| self.by_id.get(id)).copied();
            if let Some(id) = id
                && !self.taken.insert(id)
            {
                continue;
            }
            let variant = whole.unwrap_or(variant);
            // Google allows a variant to be only the address of its own page.
            if variant.keys().all(|key| matches!(&**key, "@id" | "@type" | "url")) {
                continue;
            }
            variants += 1;
            self.push(variant, Some(Rc::clone(&shared)), line, notes);
        }
        if variants == 0 && group.contains_key("offers") {
            self.push(group, None, line, notes);
        }
    }

    /// The fields shared by the group that a product refers to, if the group is in the document.
    fn group_of(&mut self, product: &'v NodeFields) -> Option<Rc<NodeFields>> {
        let named = product.get("isVariantOf").and_then(Value::as_object)?;
        let id = named.get("@id").and_then(Value::as_str);
        let Some((id, group)) = id.and_then(|id| Some((id, *self.by_id.get(id)?))) else {
            return Some(Rc::new(shared(named)));
        };
        Some(Rc::clone(self.shared.entry(id).or_insert_with(|| Rc::new(shared(group)))))
    }
}

/// The fields of a group that all its variants inherit, and its id.
fn shared(group: &NodeFields) -> NodeFields {
    let small = |value: &Value| size(value) <= MAX_SHARED;
    let common = group.iter().filter(|(name, value)| !GROUP_ONLY.contains(&local(name)) && small(value));
    let mut fields: NodeFields = common.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(id) = ["productGroupID", "@id", "sku", "url"].iter().find_map(|key| group.get(*key)) {
        fields.insert("inProductGroupWithID".to_owned(), id.clone());
    }
    fields
}

/// The number of JSON elements in a value; a text counts by its length.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().fold(1, |sum, value| sum + size(value)),
        Value::Object(fields) => fields.values().fold(1, |sum, value| sum + size(value)),
        Value::String(text) => 1 + text.len() / 32,
        _ => 1,
    }
}
