"""Whole names become first and last names, or stay whole where that is doubtful."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.names import split_full_name


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Ada Marlowe", "Ada", "Marlowe"),
        ("  Ada\u00a0 Marlowe ", "Ada", "Marlowe"),
        ("Mary Ann Lee", "Mary Ann", "Lee"),
        ("Jan van der Berg", "Jan", "van der Berg"),
        ("JAN VAN DER BERG", "JAN", "VAN DER BERG"),
        ("Vincent Van Gogh", "Vincent", "Van Gogh"),
        ("Van Morrison", "Van", "Morrison"),
        ("Al Gore", "Al", "Gore"),
        ("Ludwig Mies van der Rohe", "Ludwig Mies", "van der Rohe"),
        ("Maria del Carmen Lopez", "Maria del Carmen", "Lopez"),
        ("José Luis García y López", "José Luis", "García y López"),
        ("John E Smith", "John E", "Smith"),
        ("Omar bin Said", "Omar", "bin Said"),
        ("Sammy Davis Jr.", "Sammy", "Davis Jr."),
        ("John Smith III", "John", "Smith III"),
        ("Henry Smith 3rd", "Henry", "Smith 3rd"),
        ("Ana Ruiz Ph.D.", "Ana", "Ruiz Ph.D."),
        ("John Smith, Jr.", "John", "Smith, Jr."),
        ("Smith, John", "John", "Smith"),
        ("Smith, John Jr.", "John", "Smith Jr."),
        ("van der Berg, Jan", "Jan", "van der Berg"),
        ("Jean-Luc O'Neil", "Jean-Luc", "O'Neil"),
        ("John and Mary Smith", "John and Mary", "Smith"),
        ("Mary & John Smith", "Mary & John", "Smith"),
        ("山田 太郎", "山田", "太郎"),
        ("山田\u3000太郎", "山田", "太郎"),
        ("김 민수", "김", "민수"),
        ("Kim Min-su", "Kim", "Min-su"),
        ("Le Van Thanh", "Le", "Van Thanh"),
        ("Nguyễn Văn An", "Nguyễn Văn", "An"),
        ("María García López", "María García", "López"),
        ("Ana de la Cruz", "Ana", "de la Cruz"),
        ("ANA DE LA CRUZ", "ANA", "DE LA CRUZ"),
        ("João da Silva Santos", "João da Silva", "Santos"),
        ("Gabriel García Márquez e Silva", "Gabriel García", "Márquez e Silva"),
        ("Ahmed al-Farsi", "Ahmed", "al-Farsi"),
        ("Leila al Farsi", "Leila", "al Farsi"),
        ("David ben Levi", "David", "ben Levi"),
        ("Ben Levi", "Ben", "Levi"),
        ("Pat O\u2019Neil", "Pat", "O\u2019Neil"),
        ("PAT O'NEIL", "PAT", "O'NEIL"),
        ("Ann Smith-Jones", "Ann", "Smith-Jones"),
        ("Katrin 't Hooft", "Katrin", "'t Hooft"),
        ("Otto von der Heide", "Otto", "von der Heide"),
        ("OTTO VON DER HEIDE", "OTTO", "VON DER HEIDE"),
        ("Mr John Smith", "Mr John", "Smith"),
        ("Mrs. van der Berg", "Mrs.", "van der Berg"),
        ("Dr. Ruth Adler MBA", "Dr. Ruth", "Adler MBA"),
        ("Mr. & Mrs. Smith", "Mr. & Mrs.", "Smith"),
        ("John & Mary Smith", "John & Mary", "Smith"),
        ("Mary Jones & John Smith", "Mary Jones & John", "Smith"),
        ("Smith, Dr. John", "Dr. John", "Smith"),
        ("SMITH,JOHN", "JOHN", "SMITH"),
        ("O'Brien, Pat", "Pat", "O'Brien"),
        ("de la Cruz, Ana", "Ana", "de la Cruz"),
        ("John Smith MD PhD", "John", "Smith MD PhD"),
        ("J. R. Smith IV", "J. R.", "Smith IV"),
        ("Md. Rahman", "Md.", "Rahman"),
    ],
)
def test_a_persons_name_is_split(text: str, first: str, last: str) -> None:
    """Particles and suffixes go with the last name; ``Last, First`` is turned round."""
    assert split_full_name(text) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Cher",
        "山田太郎",
        "Prabhu V",
        "Davis Jr.",
        "de Vries",
        "van der Berg",
        "Acme Inc.",
        "Blue Door Gallery",
        "Smith & Wesson",
        "Smith, Boston, MA",
        "John Smith, Boston",
        "Garcia Lopez, Maria",
        "Smith,",
        ", John",
        "Jr., John",
        "Smith, Sons & Co",
        "Apt 4 John Smith",
        "John Smith c/o Jones",
        "Attn John Smith",
        "john@example.com Smith",
        "John (front door) Smith",
        "John Smith / Jane Doe",
        "Smith, John & Mary",
        "DE LA CRUZ",
        "VAN DER BERG",
        "Von der Heide",
        "王小明",
        "김민수",
        "ジョン・スミス",
        "Acme Holdings",
        "Acme, Inc.",
        "Harbor Prints GmbH",
        "Tom and Jerry",
        "John Smith care of Mary Jones",
        "John Smith ℅ Jones",
        "Attention John Smith",
        "FAO John Smith",
        "Smith Jr., John",
        "Smith, John, Esq.",
        "Jr.",
    ],
)
def test_what_is_doubtful_stays_whole(text: str) -> None:
    """A single name, a company, a couple by their last names or an address is not split."""
    assert split_full_name(text) == (text, "")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters=","), max_size=60))
def test_nothing_is_lost_or_added(text: str) -> None:
    """Without a comma the parts put together are the text, its spaces tidied."""
    first, last = split_full_name(text)
    assert f"{first} {last}".strip() == " ".join(text.split())


@given(st.text(max_size=60))
def test_every_word_comes_back_once(text: str) -> None:
    """With commas too no word is lost; at most the comma of ``Last, First`` goes."""
    first, last = split_full_name(text)

    def words(each: str) -> list[str]:
        return sorted(each.replace(",", " ").split())

    assert words(f"{first} {last}") == words(text)
