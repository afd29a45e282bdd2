//! Currencies of ISO 4217, their decimals, and the signs used for them.

use std::fmt;
use std::str::FromStr;

/// Codes in use, without precious metals, funds and test codes.
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN \
                     BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL \
                     GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR \
                     KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK \
                     MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR \
                     SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS \
                     UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// Currencies without a minor unit.
const NO_DECIMALS: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";

/// Currencies with a thousand minor units.
const THREE_DECIMALS: &str = "BHD IQD JOD KWD LYD OMR TND";

/// Signs and their currencies, the most usual one first; an empty code if none is usual. A shop's own currency takes
/// precedence if it uses the sign.
const SIGNS: [(&str, &[&str]); 38] = [
    ("€", &["EUR"]),
    ("euro", &["EUR"]),
    ("£", &["GBP"]),
    ("$", &["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "CLP", "COP", "ARS"]),
    ("us$", &["USD"]),
    ("c$", &["CAD"]),
    ("ca$", &["CAD"]),
    ("a$", &["AUD"]),
    ("au$", &["AUD"]),
    ("nz$", &["NZD"]),
    ("hk$", &["HKD"]),
    ("s$", &["SGD"]),
    ("nt$", &["TWD"]),
    ("mx$", &["MXN"]),
    ("r$", &["BRL"]),
    ("¥", &["JPY", "CNY"]),
    ("円", &["JPY"]),
    ("元", &["CNY"]),
    ("kr", &["", "SEK", "NOK", "DKK", "ISK"]),
    ("kr.", &["", "DKK", "SEK", "NOK", "ISK"]),
    ("zł", &["PLN"]),
    ("kč", &["CZK"]),
    ("ft", &["HUF"]),
    ("lei", &["RON"]),
    ("лв", &["BGN"]),
    ("лв.", &["BGN"]),
    ("fr.", &["CHF"]),
    ("sfr.", &["CHF"]),
    ("₹", &["INR"]),
    ("rs.", &["INR", "PKR", "LKR", "NPR"]),
    ("₽", &["RUB"]),
    ("₩", &["KRW"]),
    ("₺", &["TRY"]),
    ("₴", &["UAH"]),
    ("฿", &["THB"]),
    ("₫", &["VND"]),
    ("₪", &["ILS"]),
    ("₱", &["PHP"]),
];

/// A currency of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The currency of a code, in any case.
    pub fn of_code(code: &str) -> Option<Self> {
        let upper: [u8; 3] = code.as_bytes().try_into().ok()?;
        let upper = upper.map(|byte| byte.to_ascii_uppercase());
        CODES.as_bytes().chunks(4).any(|known| known[..3] == upper).then_some(Self(upper))
    }

    /// The currency of a sign, for a shop with the currency `own`. The outer option is `None` for an unknown sign,
    /// the inner one for an ambiguous sign.
    pub(super) fn of_sign(sign: &str, own: Option<Self>) -> Option<Option<Self>> {
        let sign = sign.to_lowercase();
        let (_, codes) = SIGNS.iter().find(|(known, _)| *known == sign)?;
        let own = own.filter(|own| codes.contains(&own.code()));
        Some(own.or_else(|| Self::of_code(codes[0])))
    }

    /// The code in upper case.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The number of decimals of the minor unit: 2 for most, 0 or 3.
    pub fn decimals(self) -> u32 {
        let among = |codes: &str| codes.as_bytes().chunks(4).any(|known| known[..3] == self.0);
        match (among(NO_DECIMALS), among(THREE_DECIMALS)) {
            (true, _) => 0,
            (_, true) => 3,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::of_code(text).ok_or_else(|| format!("`{text}` is no currency code of ISO 4217, such as EUR"))
    }
}
