"""What English and Turkish words mean in the German of the services' titles.

For people who know what they want but not what it is called here. One word a line, without marks, then what
it may mean. Words that are also German ones (kind, tag, rat) are left out.
"""

from functools import cache

from catalogue.german import fold

# English plural, Turkish cases and possessives, without marks.
_ENDINGS = (
    *("", "s"),
    *(
        "a",
        "e",
        "i",
        "u",
        "si",
        "su",
        "yi",
        "yu",
        "ni",
        "nu",
        "in",
        "un",
        "nin",
        "nun",
        "im",
        "um",
        "mi",
        "mu",
    ),
    *("lar", "ler", "lari", "leri", "li", "lu", "lik", "luk", "ligi", "lugu"),
)

_ENGLISH = """
address wohnsitz adresse
alcohol schankerlaubnis
allowance zuschuss
animal tier
apartment wohnung
application antrag
appointment termin
asylum asyl
authentication beglaubigung
benefit leistung geld
birth geburt
building bau
bulky sperrmüll
burial grab
business gewerbe
car auto kfz
care pflege
cat katze
cemetery friedhof grab
certificate urkunde bescheinigung
certified beglaubigung
child kind
childcare kita
church kirche
citizenship einbürgerung
civil standesamt
club verein
complaint beschwerde
construction bau
council rat
criminal führungszeugnis
custody sorge
damage schaden
daycare kita
death sterbefall
debt zahlung
deceased sterbefall
defect schaden
deregister abmelden
deregistration abmelden
disability behinderung
disabled behinderung
discount ermäßigung
dog hund
dogs hund
driver führerschein
driving führerschein
dump wertstoffhof
education bildung
elderly senioren
election wahl
employment arbeit
event veranstaltung
exchange umtausch
exemption befreiung
expired verlängern
extend verlängern
extension verlängern
father vater
fee gebühr
festival fest
fine bußgeld
fire feuer
fireworks feuerwerk
fish fischerei
fishing fischerei
flat wohnung
flea flohmarkt
food gesundheit
foreigner aufenthalt
found fund
funeral bestattung
garbage müll
grave grab
guest besuch
handicapped behinderung
health gesundheit
help hilfe
homeless wohnungslosigkeit
house haus
housing wohnung wohngeld
hunting jagd
identity ausweis
installment ratenzahlung
invoice rechnung
library bücherei
licence schein erlaubnis
license schein erlaubnis
lost verloren
marital ehe
market markt
marriage ehe eheschließung
married eheschließung
marry eheschließung
meter zählerstand
money geld
moving umzug
music musik
nationality einbürgerung
noise lärm
nursery kita
nursing pflege
office amt
parental eltern elterngeld
parents eltern
parking parken
party fest
passport reisepass
pay zahlen
payment zahlung
pension rente
permission erlaubnis
permit erlaubnis genehmigung
pet tier
plate kennzeichen
playground spielplatz
police polizei
pollution umwelt
poster plakat
property grundstück
recycling wertstoffhof
refugee asyl
register anmelden
registration anmelden anmeldung
relocation umzug
renew verlängern
renewal verlängern
rent miete
replacement ersatz
reserve reservieren
residence wohnsitz aufenthalt
resident bewohner
restaurant gaststätte
retirement rente
road straße
rubbish müll
scaffolding gerüst
school schule
shop laden
sidewalk gehweg
signature unterschrift
social soziales grundsicherung
speeding bußgeld
stolen gestohlen verlust
stray fundtier
street straße
subsidy zuschuss
support hilfe
surname name
tax steuer
taxes steuer
trade gewerbe
traffic verkehr
trash müll
tree baum
unemployed arbeitsuchende
unemployment arbeitsuchende
vehicle kfz fahrzeug
visa aufenthalt
vote wahl
voting wahl
waste abfall müll
water wasser
weapon waffe
wedding trauung eheschließung
welfare grundsicherung
youth jugend
"""

_TURKISH = """
adres adresse wohnsitz
agac baum
anaokulu kita
araba auto kfz
arac kfz fahrzeug
ates feuer
avcilik jagd
balik fischerei
balikcilik fischerei
basvuru antrag
belediye stadt
belge bescheinigung urkunde
bildirim anzeigen
cadde straße
ceza bußgeld
cocuk kind
cop müll
cenaze bestattung
davetiye verpflichtungserklärung
degisiklik ändern
degistirme umtausch ändern
dernek verein
dilekce antrag
dogum geburt
dugun trauung
ehliyet führerschein
emekli rente
engelli behinderung
etkinlik veranstaltung
ev wohnung
evlenme eheschließung
evlilik ehe
fatura rechnung
gurultu lärm
hasar schaden
hayvan tier
ikamet aufenthalt wohnsitz
ikametgah wohnsitz meldebescheinigung
indirim ermäßigung
insaat bau
isim name
isyeri gewerbe
issiz arbeitsuchende
izin erlaubnis
izni erlaubnis
kayip verloren fund
kayit anmelden
kaydi anmelden
kedi katze
kilise kirche
kimlik ausweis
kira miete wohngeld
komsu nachbar
konut wohnung
kopek hund
kres kita
kutu tonne
kutuphane bücherei
lokanta gaststätte
mezar grab
mezarlik friedhof grab
muafiyet befreiung
muzik musik
nikah trauung eheschließung
odeme zahlung
ogrenci schüler
okul schule
olum sterbefall
oturma aufenthalt
oturum aufenthalt
pasaport reisepass
pazar markt
plaka kennzeichen
polis polizei
randevu termin
ruhsat genehmigung erlaubnis
sabika führungszeugnis
saglik gesundheit
sayac zählerstand
secim wahl
senlik fest
seyahat reise
silah waffe
sikayet beschwerde
soyad name
sokak straße
surucu führerschein
tasinma umzug
tasit kfz fahrzeug
tehlikeli gefährlich
ucret gebühr
uzatma verlängern
vatandas einbürgerung
vergi steuer
yardim hilfe
yapi bau
yasli senioren
yenileme verlängern
yol straße
"""


def in_german(word: str) -> list[str]:
    """What a folded English or Turkish word may mean, folded; nothing for words that we do not know."""
    return _glossary().get(word, [])


@cache
def _glossary() -> dict[str, list[str]]:
    lines = [line.split() for line in f"{_ENGLISH}{_TURKISH}".splitlines() if line]
    entries = {foreign: [fold(word) for word in german] for foreign, *german in lines}
    return {foreign + ending: german for ending in _ENDINGS for foreign, german in entries.items()} | entries
