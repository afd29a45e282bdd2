use std::collections::*;
use std::io::*;
use tastemaker_index::text::*;
use tastemaker_index::product::*;
fn gz(p: &str) -> String { let mut s=String::new(); flate2::read::GzDecoder::new(std::fs::File::open(p).unwrap()).read_to_string(&mut s).unwrap(); s }
fn chorus() -> Vec<Product> {
    let mut out=vec![];
    for line in gz("/work/shared/data/chorus/products.jsonl.gz").lines() {
        let v: serde_json::Map<String,serde_json::Value> = serde_json::from_str(line).unwrap();
        let s=|k:&str| v.get(k).and_then(|x|x.as_str()).unwrap_or("").to_string();
        let mut p=Product{id:s("id"),title:s("title"),description:s("short_description"),brand:Some(s("supplier")).filter(|x|!x.is_empty()),mpn:Some(s("name")),..Default::default()};
        for (k,x) in &v { if let Some(n)=k.strip_prefix("attr_t_").or(k.strip_prefix("attr_n_")).or(k.strip_prefix("attr_b_")) { if let Ok(a)=serde_json::from_value::<AttributeValue>(x.clone()) { p.attributes.insert(n.into(),a);} } }
        if p.title.is_empty(){p.title=p.id.clone();}
        out.push(p);
    } out
}
fn hd() -> Vec<Product> {
    let t=gz("/work/shared/data/home-depot/products.csv.gz");
    csv::Reader::from_reader(t.as_bytes()).records().map(|r|{let r=r.unwrap(); Product{id:r[0].into(),title:r[1].into(),..Default::default()}}).collect()
}
type J=BTreeMap<String,HashMap<String,f64>>;
fn judg(t:&str, gain: fn(f64)->f64)->J { let mut j=J::new(); for r in csv::Reader::from_reader(t.as_bytes()).records(){let r=r.unwrap(); j.entry(r[0].into()).or_default().insert(r[1].into(), gain(r[2].parse().unwrap()));} j }
fn ndcg(ids:&[&str], rel:&HashMap<String,f64>)->f64 { let d=|i:usize| 1.0/((i+2) as f64).log2();
  let g:f64=ids.iter().take(10).enumerate().map(|(i,x)|rel.get(*x).copied().unwrap_or(0.)*d(i)).sum();
  let mut v:Vec<f64>=rel.values().copied().collect(); v.sort_by(|a,b|b.total_cmp(a)); let z:f64=v.iter().take(10).enumerate().map(|(i,x)|x*d(i)).sum(); g/z }
fn eval(ix:&TextIndex, ids:&[String], j:&J, s:&TextSettings, odd:Option<usize>)->f64 {
  let mut sum=0.;let mut n=0.;
  for (k,(q,rel)) in j.iter().enumerate() { if rel.values().all(|&x|x<=0.){continue;} if let Some(o)=odd { if k%6!=o {continue;} }
    let m=ix.matches(q,s,None).unwrap(); let mut v:Vec<(u32,f32)>=m.ordinals.iter().copied().zip(m.scores).collect();
    v.sort_by(|a,b|b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))); let r:Vec<&str>=v.iter().take(10).map(|x|ids[x.0 as usize].as_str()).collect();
    let x=ndcg(&r,rel); if std::env::var("V").is_ok(){println!("{x:.3} {q} {}",m.ordinals.len());} sum+=x; n+=1.; } sum/n }
fn build(ps:&[Product], dir:&str)->TextIndex { let _=std::fs::remove_dir_all(dir); let mut w=TextWriter::create(dir.as_ref()).unwrap(); for p in ps {w.push(p).unwrap();} w.finish().unwrap(); TextIndex::open(dir.as_ref(),ps.len() as u32).unwrap() }
fn main(){
  let c=chorus(); let ci=build(&c,"/tmp/tt-c"); let cids:Vec<String>=c.iter().map(|p|p.id.clone()).collect();
  let h=hd(); let hi=build(&h,"/tmp/tt-h"); let hids:Vec<String>=h.iter().map(|p|p.id.clone()).collect();
  let cj=judg(&std::fs::read_to_string("/work/shared/data/chorus/judgments.csv").unwrap(),|x|2f64.powf(x)-1.);
  let hj=judg(&gz("/work/shared/data/home-depot/judgments.csv.gz"),|x|x-1.);
  let base=TextSettings::default();
  let run=|name:&str,s:TextSettings|{ let t=std::time::Instant::now(); println!("{name:40} chorus {:.4} hd {:.4}  {:?}",eval(&ci,&cids,&cj,&s,None),eval(&hi,&hids,&hj,&s,Some(0)),t.elapsed()); };
  run("base",base.clone());
  for a in std::env::args().skip(1) { let mut v=serde_json::to_value(&base).unwrap(); for kv in a.split(','){let (k,x)=kv.split_once('=').unwrap(); let x:f64=x.parse().unwrap(); v[k]=if k=="enough"{(x as u64).into()}else{x.into()};} run(&a,serde_json::from_value(v).unwrap()); }
}
