"""Right values that look damaged, or like something else than they are."""

from __future__ import annotations

from typing import Final

__all__ = [
    "CITIES_ABROAD",
    "COMPANIES",
    "EMAILS",
    "NAMES",
    "PHONES",
    "SAME_CODES",
    "STREETS",
    "US_CITIES",
]

SAME_CODES: Final = (
    "ca de in ar co ga id il ky la ma md me mn mo ms mt nc ne pa sc sd tn va al az".split()
)
NAMES: Final = (
    *("NA", "NULL", "None", "True", "False", "Nan", "N/A", "Null", "undefined", "Void", "Test"),
    *("Texas", "Virginia", "Georgia", "Washington", "Carolina", "Dakota", "Delaware", "India"),
    *("Ã", "São João", "IRMÃ DULCE", "Conceição", "AMANHÃ", "Mãe", "JOÃO", "MAÇÃ", "Înălțimea"),
    *("O’Brien", "O'Brien", "O‘Neill", "Oʻahu", "Ka‘iulani", "D’Angelo", "d'Ávila", "N’Diaye"),
    *("van 't Hoff", "'t Hart", "’t Hooft", "Smith-Jones", "Smith‐Jones", "Smith–Jones", "Ng"),
    *("Müller-Lüdenscheidt", "Æsop", "Ðorđe", "Ñáñez", "Čapek", "Ångström", "Þórður", "Ørsted"),
    *("İpek", "Şahin", "Iğdır", "Œuvrard", "L’Haÿ", "Öz", "Âge", "Îles", "Ö", "Å", "É", "E", "Ai"),
    *("می‌خواهم", "علی‌رضا", "क्‍ष", "ശ്രീ‌ദേവി", "ක්‍රිස්තු", "مُحَمَّد", "שָׁלוֹם", "Nguyễn Thị Ánh Đào"),
    *(
        "Đặng",
        "Ưng",
        "Ếch",
        "👨‍👩‍👧",
        "❤️",
        "陈",
        "山田　太郎",
        "ｱｲｳ",
        "김",
        "Ким",
        "Ґалаґан",
        "Ї",
        "Ёлкин",
    ),
    *("Ст. Петров", "Рёв", "Сёмин", "Ру́дый", "Έλλη", "Ήλιος", "Մարի", "ნინო", "สมชาย", "မောင်"),
    *("Mc Donald", "MacDonald III", "Jr.", "X Æ A-12", "3rd", "=Art", "+Plus", "-Minus", "@home"),
)
COMPANIES: Final = (
    *("Texas", "CAFÉ–BAR", "NESTLÉ®", "NESTLÉ™", "PERÚ–LIMA", "CAFÉ…", "CAFÉ’S", "Ó®", "MUÑOZ™"),
    *("BLÅ®", "BLÅ–GUL", "Ö–Ä", "SÖ®", "RÉ™", "Ô’Clock", "Très «É»", "«Été»", "„Ölmühle“", "Ä”"),
    *("Ä–Ö", "TÜV®", "MÖBEL–HAUS", "Foto—Été", "L’Œuvre", "Rock ’n’ Roll", "‘Öko’", "Kaffee „Ü“"),
    *("Yahoo!", "7-Eleven", "3M", "1E5", "1e10", "5E2 Studio", "N/A", "NULL Inc.", "#1 Framing"),
    *("#hashtag", "C#", "## Art", "A&B", "AT&T", '"Quoted"', '="Villa"', "'Rose'", "''", "100 %"),
    *(
        "½ Price",
        "H₂O",
        "m²",
        "№ 5",
        "Nº 5",
        "1º de Maio",
        "Art™",
        "©opy",
        "Ⓐ",
        "½",
        "€uro",
        "¿Qué?",
    ),
    *(
        "¡Olé!",
        "L·L",
        "Paral·lel",
        "ЗАО «Ромашка»",
        "ООО „Ёлка“",
        "МТС-сервис",
        "ТОО Ёж",
        "株式会社（例）",
    ),
    *(
        "（有）例示",
        "１丁目カフェ",
        "ㇰアイヌ",
        "ＡＢＣ",
        "주식회사 예시",
        "有限公司",
        "شرکت می‌سازیم",
        "מע״מ",
        "5×7",
    ),
    *("Ünïcödé", "Łódź™", "Żubr®", "ČD–Cargo", "ŠKODA®", "Ž®", "D&G", "Björn & Co. KG", "L'Oréal"),
    *(
        "Sign — Art",
        "A – B",
        "2023/24",
        "1/2",
        "01/02",
        "May 5",
        "TRUE",
        "FALSE",
        "True Value",
        "12:30",
    ),
)
STREETS: Final = (
    *("'s-Gravelandseweg 5", "'t Zand 1", "No 5", "May 5", "3-4", "1-2", "5-1", "10/12", "1E5"),
    *(
        "12.0",
        "5.0",
        "12",
        "1,000 Example Rd",
        "１丁目",
        "１丁目２番３号",
        "3丁目4ー5",
        "2-1-1 〒",
        "12½ Elm St",
    ),
    *("No. 5", "Nº 5", "N° 5", "5º Izq.", "5ª", "3° piso", "Apt #4", "#5", "# 12", "Suite #100"),
    *("c/o Sample", "C/O Ada Example", "PO Box 12", "P.O. Box 1234", "Postfach 12 34", "BP 77"),
    *(
        "P O Box 5",
        "Casilla 123",
        "CP 1234",
        "GPO Box 99",
        "Apartado 12",
        "RR 2 Box 5",
        "HC 1 Box 7",
    ),
    *("PSC 123 Box 4567", "CMR 402 Box 99", "Unit 2050 Box 4190", "USS Example", "12 bis", "12ter"),
    *("Rue de l'Île-d'Yeu", "Straße des 17. Juni", "Königsallee 60 c", "Ul. Św. Ducha 3", "Å 5"),
    *("Plaça de l’Àngel", "R. da Conceição, 12–14", "Mannheim Q7, 24", "C 4, 9-18", "K-9", "Sör®"),
    *(
        "4800 N Rd",
        "1600 Washington St",
        "Texas Ave 5",
        "Delaware Ave",
        "1 Ontario St",
        "5 E 5th St",
    ),
    *(
        "221B Baker St",
        "Km 5.5",
        "Lot 7 & 8",
        "House 5—6",
        "ул. 1-я Ёлочная",
        "д. 5",
        "пр-т Мира, 3",
    ),
    *(
        "Οδός Ή 5",
        "شارع ١٢",
        "רח' הרצל 5",
        "ถ.สุขุมวิท",
        "12/34 ม.5",
        "Đường 3 Tháng 2",
        "Ấp 5",
        "Ô 7",
    ),
    *(
        "Av. São João, 100",
        "SÃO JOÃO 5",
        "Praça da Sé, s/n",
        "Ã 5",
        "Rúa Ñ",
        "0",
        "007",
        "A–Z",
        "½",
    ),
)
US_CITIES: Final = (
    *(("California", "PA", "15419"), ("Delaware", "OH", "43015"), ("Washington", "PA", "15301")),
    *(("Georgia", "VT", "05454"), ("Ontario", "CA", "91761"), ("Texas City", "TX", "77590")),
    *(("Indiana", "PA", "15701"), ("Nevada", "MO", "64772"), ("Oregon", "OH", "43616")),
    *(("Wyoming", "MI", "49509"), ("Kansas City", "MO", "64106"), ("Missouri City", "TX", "77459")),
    *(("Michigan City", "IN", "46360"), ("Virginia", "MN", "55792"), ("Florida", "NY", "10921")),
    *(("Iowa City", "IA", "52240"), ("Maryland Heights", "MO", "63043"), ("Mexico", "MO", "65265")),
    *(("Peru", "IN", "46970"), ("Lebanon", "NH", "03766"), ("China", "ME", "04358")),
    *(("Cuba", "MO", "65453"), ("Jamaica", "NY", "11432"), ("Norway", "ME", "04268")),
    *(("Paris", "TX", "75460"), ("Berlin", "NH", "03570"), ("London", "KY", "40741")),
    *(("King of Prussia", "PA", "19406"), ("Truth or Consequences", "NM", "87901")),
    *(
        ("Washington", "DC", "20001"),
        ("New York", "NY", "10001"),
        ("Fishers Island", "NY", "06390"),
    ),
    *(("Holtsville", "NY", "00501"), ("Texhoma", "TX", "73960"), ("El Paso", "TX", "88510")),
    *(("Zzyzx", "CA", "92309"), ("Ohio", "IL", "61349"), ("Utah", "IL", "61401")),
    *(
        ("Null", "OH", "45001"),
        ("Nan", "VA", "22030"),
        ("True", "WV", "25951"),
        ("No", "TX", "75001"),
    ),
    *(("Why", "AZ", "85321"), ("Y", "AK", "99695"), ("Ai", "GA", "30101"), ("Nome", "AK", "99762")),
)
CITIES_ABROAD: Final = (
    *(
        "'s-Hertogenbosch",
        "'t Harde",
        "L'Haÿ-les-Roses",
        "Nan",
        "Y",
        "Å",
        "Ö",
        "Ii",
        "NULL",
        "Null",
    ),
    *("São João", "SÃO PAULO", "Île", "Õ", "Ülo", "Āne", "Ðà Nẵng", "Đà Lạt", "Ở", "Ý Yên", "True"),
    *("Œting", "Ærø", "Łomża", "ŁÓDŹ", "Żory", "İZMİR", "Çanakkale", "Ñuñoa", "Čačak", "Ďáblice"),
    *("Georgia", "Washington", "Texas", "California", "Ontario", "Delaware", "Victoria", "America"),
    *(
        "BRĂILA",
        "Brăila",
        "Târgu Mureș",
        "Târgu Mureş",
        "HĹBKA",
        "Vrútky",
        "Ústí nad Labem",
        "Český",
    ),
    *("Ёбург", "Рига", "Сочи", "Ряса", "Рґ", "Стрый", "Їжівці", "Єнакієве", "ЃЕВГЕЛИЈА", "Ђаково"),
    *(
        "Љубљана",
        "千代田区",
        "中正區",
        "서울",
        "القاهرة",
        "תל אביב",
        "กรุงเทพ",
        "ភ្នំពេញ",
        "ရန်ကုန်",
        "দিল্লি",
    ),
    *("Frankfurt (Oder)", "Halle/Saale", "St. Johann i. T.", "Bourg-en-Bresse Cédex 5", "Dublin 2"),
    *(
        "Praha 10",
        "Paris 04",
        "Wien–Neubau",
        "Biel/Bienne",
        "Bozen — Bolzano",
        "Évry–Courcouronnes",
    ),
)
PHONES: Final = {
    "us": (
        "(617) 555-0123 | 617.555.0123 | 1-617-555-0123 | +1 (617) 555-0123 | 6175550123 | "
        "617-555-0123 x45 | 617-555-0123 ext. 45 | 617-555-0123 ext 4567 | 1-800-FLOWERS | "
        "1 800 GOT JUNK | +44 20 7946 0958 | 011 44 20 7946 0958 | +49 (0)30 23125012 | "
        "617-555-0123 / 617-555-0144 | 617-555-0123 or 617-555-0144 | 617-555-0123 (cell) | "
        "617–555–0123 | (617)555-0123 | [617] 555-0123 | +1-617-555-0123,45 | 0049 30 123456 | "
        "617 555 0000 | 212-555-1000 | 8005551000 | 617-555-0123 #12 | (+1) 617 555 0123"
    ),
    "ca": "416-555-0123 | 1 (514) 555-0199 | +1 604 555 0111 | 514-555-0199 poste 12",
    "gb": (
        "020 7946 0958 | (020) 7946 0958 | +44 (0)20 7946 0958 | 07700 900123 | 0800 1111 | "
        "01632 960001 | 0044 20 7946 0958 | +447700900123 | 0800 FLOWERS | 7700900123"
    ),
    "fr": (
        "01 99 00 12 34 | 01.99.00.12.34 | +33 1 99 00 12 34 | 0639981234 | "
        "+33 (0)6 39 98 12 34 | 06-39-98-12-34"
    ),
    "de": (
        "030 23125012 | 030/23125012 | (030) 23125-012 | +49 30 23125012 | 0176 04069012 | "
        "0049 176 04069012 | 07031 12-0 | 06221 123456-789 | 49301234567 | "
        "+49 (30) 231 250 12"
    ),
    "jp": (
        "03-5555-0123 | ０３-５５５５-０１２３ | 03（5555）0123 | +81 3-5555-0123 | 011-555-0123 | "
        "090-5555-0123 | 03ー5555ー0123 | 011-123-4567"
    ),
    "it": "06 5555 0123 | +39 06 5555 0123 | 347 555 0123",
    "es": "910 555 012 | +34 612 555 012 | 612555012",
    "au": "(02) 5550 1234 | 0491 570 156 | 1300 975 707 | +61 2 5550 1234 | 13 12 34",
    "nz": "021 555 0123 | 09-555 0123 | 0800 REVERSE",
    "in": "+91 98765 43210 | 022-2555 0123 | 09876543210",
    "cn": "138 0013 8000 | +86 10 5555 0123 | 010-55550123",
    "hk": "5555 0123 | +852 5555 0123",
    "sg": "6555 0123 | +65 9555 0123",
    "is": "555 0123 | +354 555 0123",
    "dk": "20 55 01 23 | +45 20550123",
    "no": "22 55 01 23 | +47 400 55 012",
    "se": "08-465 004 12 | +46 (0)8 465 004 12",
    "br": "(11) 95555-0123 | +55 11 5555-0123 | 11 5555-0123 ramal 12",
    "mx": "55 5555 0123 | +52 1 55 5555 0123 | 01 55 5555 0123",
    "jm": "876-555-0123 | 555-0123 | +1 876 555 0123",
    "bb": "246-555-0123 | +1 246 555 0123",
    "sa": "٠١١٥٥٥٠١٢٣ | +966 11 555 0123",
    "ae": "04 555 0123 | +971 50 555 0123",
    "il": "03-555-0123 | 054-555-0123",
    "ie": "020 912 3456 | (01) 555 0123",
    "at": "01 5550123 | +43 1 5550123-12",
    "ch": "044 555 01 23 | +41 44 555 01 23",
    "nl": "020 555 0123 | 06-55501234 | +31 (0)20 555 0123",
    "ru": "8 (495) 555-01-23 | +7 495 555-01-23",
    "za": "021 555 0123 | +27 21 555 0123",
    "fo": "200123",
    "gl": "321234",
}
"""Phones that are right in a country, parted by a bar."""
EMAILS: Final = (
    *("ada@example.com", "ADA.BYRON+art@mail.example.co.uk", "o'brien@example.org", "a@b.example"),
    *(
        "josé@münchen.example",
        "a@xn--mnchen-3ya.example",
        "12345@example.com",
        "ada_b@my-shop.example",
    ),
    *(
        "null@example.com",
        "1e5@example.com",
        "用户@例子.example",
        "ada@example.museum",
        "x@q.example.tv",
    ),
)
