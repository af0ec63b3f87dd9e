#!/usr/bin/env python3
"""Writes sample/residents.csv: invented residents of three invented municipalities.

    python3 tools/sample_residents.py            writes the file
    python3 tools/sample_residents.py --check    changes nothing; exit code 1 when the file differs

The same file every time: the seed is fixed, and only random.Random.random() is used, whose stream Python promises to keep.
Nobody in it exists. Surnames are words of the stamp maker's trade, resident codes bear a wrong check digit, and the
municipalities have unassigned numbers. The personas are described in docs/personas.md.
"""

import calendar
import datetime
import pathlib
import random
import sys

OUT = pathlib.Path(__file__).resolve().parent.parent / "sample" / "residents.csv"
SEED = 20261122
COUNT = 330
TODAY = datetime.date(2026, 11, 1)  # nobody is born later
COLUMNS = "resident_code,municipality,name,furigana,former_name,alias,birth_date,sex,address,stay_until,status"

INSHI, SHUNIKU, HANKO = "13998", "13999", "14998"
START = {INSHI: "東京都印市", SHUNIKU: "東京都朱肉町", HANKO: "神奈川県判子市"}
AREAS = {
    INSHI: ["朱肉", "捺印台", "認印通", "実印坂", "印影", "割印橋", "印泥"],
    SHUNIKU: ["大字練朱", "大字艾", "字朱砂", "字印池"],
    HANKO: ["篆刻", "印面", "黒水牛", "柘", "字入", "辺縁", "葛\U000e0100印"],
}
BUILDINGS = ["ハイツ篆書", "コーポ印相", "メゾン朱", "印章荘", "グラン・タンポン", "髙印ビル"]

# Surname and furigana: no family is called so.
SURNAMES = [
    ("印", "シルシ"), ("朱肉", "シュニク"), ("捺印", "ナツイン"), ("認印", "ミトメイン"), ("実印", "ジツイン"),
    ("角印", "カクイン"), ("丸印", "マルイン"), ("割印", "ワリイン"), ("消印", "ケシイン"), ("落款", "ラッカン"),
    ("篆刻", "テンコク"), ("印泥", "インデイ"), ("印影", "インエイ"), ("印面", "インメン"), ("朱文", "シュブン"),
    ("白文", "ハクブン"), ("陰刻", "インコク"), ("陽刻", "ヨウコク"), ("石印", "イシイン"), ("銅印", "ドウイン"),
    ("蔵印", "ゾウイン"), ("遊印", "ユウイン"), ("関防", "カンボウ"), ("判子", "ハンコ"), ("判押", "ハンオシ"),
    ("朱印谷", "シュインヤ"), ("印藤", "シルシトウ"), ("印ノ瀬", "シルシノセ"), ("判々", "ハンバン"), ("印鑰", "インヤク"),
]
# With characters that certificates do not have, or that look as if they did not.
HARD_SURNAMES = [
    ("髙印", "タカイン"), ("﨑判", "サキハン"), ("𠮷印", "ヨシイン"), ("濵判", "ハマハン"), ("邉印", "ナベイン"),
    ("齋判", "サイハン"), ("栁印", "ヤナギイン"), ("靑判", "アオハン"), ("葛\U000e0100印", "クズイン"), ("辻\U000e0101判", "ツジハン"),
    ("\ufa19印", "カミイン"), ("𣘺判", "ハシハン"), ("圡印", "ツチイン"), ("㟢判", "サキバン"), ("𡈽判", "ツチハン"),
    ("\ufa10印", "ツカイン"), ("黑判", "クロハン"), ("嶌印", "シマイン"), ("瀨判", "セハン"), ("寬印", "ヒロイン"),
]
MALE = [
    ("一", "ハジメ"), ("次郎", "ジロウ"), ("三郎", "サブロウ"), ("健", "ケン"), ("翔", "ショウ"), ("蓮", "レン"), ("湊", "ミナト"),
    ("悠真", "ユウマ"), ("樹", "イツキ"), ("朔", "サク"), ("誠", "マコト"), ("勇", "イサム"), ("清", "キヨシ"), ("正雄", "マサオ"),
    ("隆\ufe00", "タカシ"), ("德次", "トクジ"), ("\ufa1a平", "ショウヘイ"), ("涉", "ワタル"),
]
FEMALE = [
    ("葵", "アオイ"), ("結菜", "ユイナ"), ("凛", "リン"), ("さくら", "サクラ"), ("陽子", "ヨウコ"), ("恵美", "エミ"), ("和子", "カズコ"),
    ("キヨ", "キヨ"), ("ハナ", "ハナ"), ("美咲", "ミサキ"), ("直美", "ナオミ"), ("京子", "キョウコ"), ("静", "シズカ"), ("千代", "チヨ"),
    ("淸子", "キヨコ"), ("𩸽子", "ホッケコ"), ("綠", "ミドリ"), ("いろは", "イロハ"),
]
# Foreigners are registered in Latin letters; no furigana. Trade words again.
LATIN = [
    "ＳＴＡＭＰＥＬ", "ＩＮＫＰＡＤ", "ＳＩＧＩＬＬＯ", "ＭＵＨＵＲ", "ＣＨＯＰＳＥＡＬ", "ＢＵＬＬＡＲＩＵＭ", "ＴＩＭＢＲＯＶＡ", "ＰＥＣＨＡＴＫＩＮ",
    "ＬＡＣＲＥＤＯ", "ＣＡＲＩＭＢＯＳ", "ＤＡＭＧＡＣＩ", "ＷＡＸＳＥＡＬＳＯＮ",
]
LATIN_GIVEN = ["ＡＮＮＡ", "ＢＯＲＩＳ", "ＣＡＲＬＡ", "ＤＡＮＩＥＬ", "ＥＶＡ", "ＦＥＬＩＸ", "ＧＩＡ", "ＨＵＧＯ", "ＩＮＥＳ", "ＪＯＮＡＳ"]
LONG_NAME = (
    "ＷＡＣＨＳＳＩＥＧＥＬ－ＳＴＥＭＰＥＬＫＩＳＳＥＮ　ＭＡＸＩＭＩＬＩＡＮＡ　ＡＮＴＯＮＩＡ　ＦＲＩＥＤＥＲＩＫＥ　"
    "ＡＵＧＵＳＴＡ　ＷＩＬＨＥＬＭＩＮＡ　ＶＯＮ　ＵＮＤ　ＺＵ　ＳＩＥＧＥＬＬＡＣＫ"
)

KANJI_DIGITS = "〇一二三四五六七八九"
WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")


class Chance:
    """Choices from the one stream that stays the same between Python's releases."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def below(self, limit):
        return int(self.random.random() * limit)

    def one(self, things):
        return things[self.below(len(things))]

    def happens(self, percent):
        return self.below(100) < percent


def weighted(digits, weights):
    return sum(digit * (2 + place % weights) for place, digit in enumerate(reversed(digits)))


def wrong_check_digit(body):
    """As `with_wrong_check_digit` of the room `text`: wrong by every usual algorithm."""
    digits = [int(d) for d in body]
    remainder = weighted(digits, 6) % 11
    assumed = 0 if remainder <= 1 else 11 - remainder
    doubled = [d if place % 2 else (d * 2 - 9 if d > 4 else d * 2) for place, d in enumerate(reversed(digits))]
    right = {
        assumed,
        weighted(digits, 10) % 11 % 10,
        (11 - weighted(digits, 10) % 11) % 11 % 10,
        remainder % 10,
        (10 - sum(doubled) % 10) % 10,
    }
    return next(d for step in range(10) if (d := (assumed + 5 + step) % 10) not in right)


def code(body):
    return f"{body}{wrong_check_digit(body)}"


def persona(number, municipality, name, furigana, birth, sex, address, former="", alias="", stay="", status="alive"):
    body = f"90000000{number:02}"
    return [code(body), municipality, name, furigana, former, alias, birth, sex, START[municipality] + address, stay, status]


PERSONAS = [
    persona(1, INSHI, "印　太郎", "シルシ　タロウ", "1980-02-17", "male", "朱肉一丁目１番１号"),
    persona(2, INSHI, "朱肉　花", "シュニク　ハナ", "2012-05-05", "female", "朱肉二丁目３番５号"),
    persona(3, INSHI, "髙﨑　𠮷德", "タカサキ　ヨシノリ", "1975-08-20", "male", "実印坂一丁目４番７号髙印ビル２０３"),
    persona(4, INSHI, "ＳＴＡＭＰＥＬ　ＩＮＧＲＩＤ", "", "1990-06-15", "female", "捺印台三丁目２－１０", stay="2027-01-31"),
    persona(5, HANKO, "閏印　如月", "ウルウイン　キサラギ", "2000-02-29", "female", "篆刻二丁目２９番２号"),
    persona(6, HANKO, "朱文　遷", "シュブン　ウツル", "1988-03-31", "male", "印面四丁目１番３号", status="moved-out"),
    persona(7, SHUNIKU, "ＣＨＯＰＳＥＡＬ　ＤＯＪＡＮＧ", "", "1968-12-01", "male", "大字練朱７１５番地", alias="印藤　道"),
    persona(8, INSHI, "落款　結", "ラッカン　ムスビ", "1992-11-22", "female", "割印橋一丁目１１番２２号", former="篆刻"),
    persona(9, HANKO, "角印　葵", "カクイン　アオイ", "2001-07-07", "female", "柘七丁目７番７号"),
    persona(10, HANKO, "角印　葵", "カクイン　マモル", "2001-07-07", "male", "柘七丁目７番７号"),
    persona(11, SHUNIKU, "割印　トメ", "ワリイン　トメ", "1926-10-10", "female", "字朱砂１００番地"),
]


def kanji(number):
    tens, ones = divmod(number, 10)
    start = "" if tens == 0 else ("" if tens == 1 else KANJI_DIGITS[tens]) + "十"
    return start + (KANJI_DIGITS[ones] if ones else "")


def address(chance, municipality):
    area = chance.one(AREAS[municipality])
    if area.startswith(("大字", "字")):
        return f"{START[municipality]}{area}{1 + chance.below(2000)}番地".translate(WIDE)
    block, house = 1 + chance.below(30), 1 + chance.below(25)
    text = f"{START[municipality]}{area}{kanji(1 + chance.below(12))}丁目"
    if chance.happens(20):
        text += f"{block}-{house}"
    else:
        text += f"{block}番{house}号"
    if chance.happens(30):
        text += f"{chance.one(BUILDINGS)}{1 + chance.below(9)}0{1 + chance.below(8)}"
    return text.translate(WIDE)


def birth(chance):
    if chance.happens(3):
        year = chance.one([1948, 1964, 1972, 1988, 1996, 2004, 2008, 2016, 2020, 2024])
        return datetime.date(year, 2, 29)
    age = chance.below(18) if chance.happens(18) else 18 + chance.below(78)
    year = TODAY.year - age
    month = 1 + chance.below(12)
    day = 1 + chance.below(calendar.monthrange(year, month)[1])
    date = datetime.date(year, month, day)
    return date if date <= TODAY else date.replace(year=year - 1, day=min(day, 28))


def japanese(chance, sex):
    family = chance.one(HARD_SURNAMES if chance.happens(25) else SURNAMES)
    given = chance.one(MALE if sex == "male" else FEMALE)
    return f"{family[0]}　{given[0]}", f"{family[1]}　{given[1]}"


def resident(chance, codes):
    body = "".join(str(chance.below(10)) for _ in range(10))
    if body in codes or body.startswith("9"):
        return None
    codes.add(body)
    municipality = chance.one([INSHI] * 5 + [SHUNIKU] * 2 + [HANKO] * 3)
    sex = "male" if chance.happens(49) else "female"
    if chance.happens(1):
        sex = "unknown"
    born = birth(chance)
    furigana = former = alias = stay = ""
    if chance.happens(9):
        name = f"{chance.one(LATIN)}　{chance.one(LATIN_GIVEN)}"
        if chance.happens(15):
            name = LONG_NAME
        if chance.happens(70):
            start = datetime.date(2026, 12, 1).toordinal()
            stay = datetime.date.fromordinal(start + chance.below(5 * 365)).isoformat()
        if chance.happens(40):
            alias = japanese(chance, sex)[0]
    else:
        name, furigana = japanese(chance, sex)
        if chance.happens(6) and born.year < 2005:
            former = chance.one(SURNAMES)[0]
    status = chance.one(["alive"] * 46 + ["moved-out"] * 2 + ["dead"] * 2 + ["deleted-by-office"])
    lives = address(chance, municipality)
    return [code(body), municipality, name, furigana, former, alias, born.isoformat(), sex, lives, stay, status]


def main():
    chance = Chance(SEED)
    codes = set()
    rows = list(PERSONAS)
    while len(rows) < COUNT:
        row = resident(chance, codes)
        if row is not None:
            rows.append(row)
    assert all("," not in field and '"' not in field for row in rows for field in row)
    text = "\n".join([COLUMNS, *map(",".join, rows)]) + "\n"
    same = OUT.exists() and OUT.read_text(encoding="utf-8") == text
    if "--check" in sys.argv:
        return 0 if same else 1
    OUT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
