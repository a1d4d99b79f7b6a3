//! Which column may be meant where none has a name that is recognised: by its words, and by what it holds.
//!
//! Names are Dutch, German and French ones, and those of plain exports, that are too vague or too many to be taken
//! unasked. A proposal is written down for the shop to read, so it may be bolder than ingest itself.

use crate::names::normalise;
use crate::names::{ColumnSpec, Kind};

use super::dates;
use super::profile::{ColumnProfile, Holds};

/// How sure a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Its name holds a word of it.
    Holds,
    /// Its name is the word.
    Is,
}

/// The words of one meaning.
struct Role {
    /// The whole name, normalised.
    is: &'static str,
    /// A part of it.
    holds: &'static str,
    /// A part that means something else.
    never: &'static str,
}

/// Parts of names that tell of something else than an id.
const NO_ID: &str = "name naam naem date datum status total totaal amount price prijs preis qty quantity aantal omschrijving \
    description time tijd type city country land segment phone age gender birth discount korting category";

fn role(table: &str, name: &str) -> Option<Role> {
    let (is, holds, never) = match (table, name) {
        ("orders", "order_id") => (
            "bestelnummer bestelnr bestelling bestelid ordernr orderref orderreference bonnummer bonnr bon kassabon \
             kassabonnummer factuurnummer factuurnr factuur bestellnummer bestellnr rechnungsnummer belegnummer bonid \
             ticket ticketno ticketid ticketnumber transactionno transno transid transactienummer invoicenr commande \
             numerocommande billno checkno cartid session",
            "order invoice receipt basket transaction transactie ticket bestel factuur bestell rechnung beleg commande",
            "line regel item product line pos",
        ),
        ("orders" | "events", "item_id") | ("items", "id") => (
            "artikel artikelnummer artikelnr artikelcode artikelid artnr productnr productnummer itemnr itemno itemnumber \
             article reference referentie referenz ean gtin isbn barcode plu sku materiaalnummer materialnummer product",
            "product item sku article artikel stock material variant isbn ean plu pizza book track",
            "group groep gruppe line regel",
        ),
        ("orders", "ordered_at") | ("events", "occurred_at") => (
            "besteldatum orderdatum datum bondatum factuurdatum verkoopdatum aankoopdatum transactiedatum bestelldatum \
             rechnungsdatum kaufdatum belegdatum tdat tijdstip datecommande dateachat ts unixtime epoch saletime purchasetime day dag",
            "date datum time tijd created ordered purchased day dag zeit",
            "birth geboorte deliver lever ship verzend update modif gewijzigd due return retour weekday month year required",
        ),
        (_, "customer_id") => (
            "klantnummer klantnr klant klantid klantcode kundennummer kundennr kunde kundenid relatienummer relatie \
             debiteur debiteurnummer debiteurnr clientnumber clientno client personid person buyer customercode custid \
             custno cust shopperno loyaltycard cardid klantkaart",
            "customer client klant kunde member shopper buyer household",
            "type since group",
        ),
        ("orders", "quantity") => (
            "aantal aantalstuks hoeveelheid stuks menge anzahl stueckzahl quantite qte quantitysold qtysold unitssold \
             itemsquantity pieces count itemcount numberofitems nitems volume",
            "qty quantity aantal menge",
            "return retour refund stock voorraad cancel ship deliver remaining tax price",
        ),
        ("orders" | "items", "price") => (
            "prijs stukprijs stuksprijs eenheidsprijs verkoopprijs preis stückpreis stueckpreis einzelpreis \
             verkaufspreis prix prixunitaire listprice sellingprice saleprice salesprice retailprice priceeach priceincl \
             unitpricecents pricecents total linetotal amount lineamount totalprice totalamount revenue sales salesvalue \
             netsales regelbedrag regeltotaal bedrag omzet totaal totaalprijs subtotal extendedprice netrevenue betrag \
             umsatz gesamtpreis montant adviesprijs regularprice baseprice",
            "price prijs preis prix",
            "ship verzend tax btw mwst discount korting rabat categor cost kost freight range group old was compare",
        ),
        ("items", "sale_price") => (
            "aanbiedingsprijs actieprijs specialprice saleprice discountedprice promoprice",
            "saleprice",
            "date",
        ),
        (_, "currency") => ("valuta munt munteenheid währung waehrung devise", "currency valuta", ""),
        ("orders", "returned_quantity") => (
            "geretourneerd retouraantal aantalretour aantalgeretourneerd returned returns",
            "return retour refund",
            "date reason amount price is status",
        ),
        ("orders", "is_gift") => {
            ("cadeau iscadeau geschenk giftwrap", "gift cadeau geschenk", "card price message")
        }
        ("orders", "is_cancelled") => {
            ("geannuleerd isgeannuleerd storniert annule", "cancel annul", "date by reason")
        }
        ("orders", "line_id") => {
            ("orderregel regelnummer regel regelid linenum positie pos posnr position lineitem", "", "")
        }
        ("orders", "discount") => (
            "discount korting rabatt remise discountamount kortingsbedrag discountpercent discountpercentage kortingspercentage \
             discountpct discountrate",
            "discount korting rabat",
            "code name type coupon id",
        ),
        ("items", "item_group_id") => {
            ("hoofdartikel modelcode parentcode modelid productgroupid", "parent", "category name")
        }
        ("items", "title") | ("orders", "item_title") => (
            "naam productnaam artikelnaam omschrijving artikelomschrijving titel bezeichnung artikelname produktname nom \
             designation libelle description desc prodname productdesc productdescription itemdescription itemdesc label",
            "name naam title titel omschrijving description",
            "brand merk categor group groep department vendor supplier long short category color colour type",
        ),
        ("items", "product_type") => (
            "categorie kategorie productcategory productcategorie productgroup productgroep artikelgroep groep afdeling \
             department departmentname productgroupname producttypename producttype warengruppe hoofdgroep rubriek \
             categoryname aisle subcategory type group",
            "categor department group groep",
            "code no nr id",
        ),
        ("items", "brand") => {
            ("merk marke marque brandname manufacturer fabrikant hersteller vendor", "brand merk", "id code")
        }
        ("items", "link") => ("weblink pagina productlink permalink", "link url", "image img foto picture"),
        ("items", "image_link") => {
            ("afbeelding foto bild picture photo img afbeeldingurl imagelink", "image img foto", "alt")
        }
        ("items", "availability") => (
            "voorraadstatus beschikbaar beschikbaarheid leverbaar lagerstatus stockstate",
            "stockstatus",
            "date",
        ),
        ("items", "inventory_quantity") => (
            "voorraad lager lagerbestand bestand stockonhand qtyonhand onhandqty stockqty",
            "voorraad stock",
            "min max status",
        ),
        ("items", "published") => ("actief aktiv zichtbaar online", "", ""),
        ("items", "discontinued") => ("vervallen uitassortiment ausgelaufen", "discontinued", "date"),
        ("customers", "household") => {
            ("huishouden gezin gezinssamenstelling haushalt", "household", "id key size")
        }
        ("customers", "interests") => ("interesses interessen", "interest", ""),
        ("events", "event_name") => {
            ("gebeurtenis actie eventtype type", "event action", "id time date value")
        }
        ("events", "visitor_id") => ("bezoeker bezoekerid", "visitor cookie device", "type"),
        ("events", "session_id") => ("sessie sessieid sessionkey", "session sessie", "time"),
        _ => return None,
    };
    Some(Role { is, holds, never })
}

/// How well a column may be meant by a name here, by its own name and what it holds.
pub(super) fn fit(table: &str, column: &ColumnSpec, found: &ColumnProfile) -> Option<Fit> {
    let role = role(table, column.name)?;
    // A path ends in the name; a name that ends in a mark, such as `Artikel-Nr.`, is no path.
    let end = found.name.rsplit('.').next().filter(|end| !end.trim().is_empty()).unwrap_or(&found.name);
    let name = normalise(&end.replace(['/', '(', ')', '#', '€', '$'], ""));
    if !may_hold(column, found) {
        return None;
    }
    if role.is.split_whitespace().any(|word| normalise(word) == name) {
        return Some(Fit::Is);
    }
    let has = |words: &str| words.split_whitespace().any(|word| name.contains(word));
    let is_else = has(role.never) || column.kind == Kind::Id && has(NO_ID);
    (has(role.holds) && !is_else).then_some(Fit::Holds)
}

/// Whether what a column holds can be what is meant.
fn may_hold(column: &ColumnSpec, found: &ColumnProfile) -> bool {
    use Holds::{Dates, Flags, Instants, Nothing, Numbers, Texts, Times, WholeNumbers};
    match column.kind {
        Kind::Id => matches!(found.holds, WholeNumbers | Texts | Flags) && 1 < found.n_different,
        Kind::Instant => {
            let is_counted = found.holds == WholeNumbers
                && [&found.min, &found.max].iter().all(|end| dates::is_instant(end));
            is_counted || matches!(found.holds, Dates | Instants)
        }
        Kind::Number | Kind::Price => matches!(found.holds, WholeNumbers | Numbers),
        Kind::Flag => matches!(found.holds, Flags | WholeNumbers) && found.n_different <= 3,
        Kind::Stock => matches!(found.holds, Flags | WholeNumbers | Numbers | Texts),
        Kind::Word | Kind::Text => !matches!(found.holds, Nothing | Times | Dates | Instants | Numbers),
    }
}

/// Columns whose values nobody needs to see in a settings file.
pub fn is_personal(name: &str) -> bool {
    let name = normalise(name);
    let words = [
        "mail",
        "phone",
        "telefoon",
        "telefon",
        "firstname",
        "lastname",
        "surname",
        "fullname",
        "voornaam",
        "achternaam",
        "customername",
        "klantnaam",
        "address",
        "adres",
        "adresse",
        "street",
        "straat",
        "zip",
        "postcode",
        "postal",
        "birth",
        "geboorte",
        "iban",
        "ipaddress",
        "billing",
        "shippingname",
    ];
    words.iter().any(|word| name.contains(word))
}
