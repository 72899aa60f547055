"""How two quantities relate: the same, compatible, different, or unrelated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.quantities import closest, compare, quantities

from .figures import only

EXPRESSIONS = st.sampled_from(
    [
        "5",
        "5 mm",
        "0.5 cm",
        "5 %",
        "0.05",
        "约5",
        "不超过5天",
        "至少5天",
        "5天",
        "3到8天",
        "1.10",
        "1.1",
        "v1.10",
        "v1.1",
        "v1.1+",
        "2024年",
        "2024年3月",
        "3月5日",
        "2024-03-05",
        "3/5/2024",
        "2019-2021年",
        "Q1 2024",
        "2024",
        "自2024年起",
        "三点半",
        "15:30",
        "9:00-17:00",
        "20 ℃",
        "20度",
        "68 °F",
        "3个月",
        "90天",
        "1 GB",
        "1024 MB",
        "PX-200",
        "第5条",
        "¥5",
        "5美元",
        "400-800-1234",
    ]
)


@given(EXPRESSIONS, EXPRESSIONS)
def test_it_does_not_matter_which_comes_first(one: str, other: str) -> None:
    assert compare(only(one), only(other)) == compare(only(other), only(one))


@given(EXPRESSIONS)
def test_each_is_the_same_as_itself(text: str) -> None:
    assert compare(only(text), only(text)) == "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("一百二十", "120"),
        ("3.2万", "32000"),
        ("百分之五", "5 %"),
        ("1,350,000元", "一百三十五万元"),
        ("5 cm", "50毫米"),
        ("36 km/h", "10 m/s"),
        ("1小时30分钟", "90 min"),
        ("零下20度", "-20℃"),
        ("68 °F", "20 ℃"),
        ("5 MPa", "50 bar"),
        ("1 GB", "1024 MB"),
        ("1 GB", "1000 MB"),
        ("2年", "24个月"),
        ("2024年3月5日", "Mar 5 2024"),
        ("第12条", "Article 12"),
        ("v1.10", "版本1.10"),
        ("PX-200", "px200"),
        ("+86 138-0013-8000", "13800138000"),
        ("不超过30天", "at most 30 days"),
        ("五成", "50%"),
        ("RMB 200", "200元"),
        ("两斤", "1 kg"),
        ("2:6", "1:3"),
        ("14:30", "2:30 pm"),
        ("3-5天", "三至五天"),
        ("３０％", "30%"),
        ("2024年第一季度", "Q1 2024"),
    ],
)
def test_same(one: str, other: str) -> None:
    assert compare(only(one), only(other)) == "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("30天", "不超过30天"),
        ("20天", "不超过30天"),
        ("约100", "103"),
        ("2024年3月", "2024-03-05"),
        ("3月5日", "2024-03-05"),
        ("5.28 %", "5.3%"),
        ("3.2万", "32,150"),
        ("1.10", "1.1"),
        ("5 mm", "5"),
        ("0.35", "35%"),
        ("3/5/2024", "2024年5月3日"),
        ("3个月", "90天"),
        ("1年", "365天"),
        ("2024", "2024年"),
        ("1.10", "v1.10"),
        ("3到8天", "5天"),
        ("v7.1", "v7.1.3"),
        ("v8.0", "v7.0+"),
        ("三点半", "15:30"),
        ("10:00", "9:00-17:00"),
        ("ISO 9001", "ISO 9001:2015"),
        ("250 g", "250 g/人"),
        ("超过90%", "90%"),
        ("2020年", "2019-2021年"),
        ("Q1 2024", "2024年2月"),
        ("十几个", "15个"),
        ("2024年5月1日起", "2024年5月1日"),
        ("12", "Debian12"),
        ("010-6552 9988", "010-65529988-803"),
        ("20度", "20°"),
        ("大于5", "至少5"),
    ],
)
def test_compatible(one: str, other: str) -> None:
    assert compare(only(one), only(other)) == "compatible"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 mm", "6 mm"),
        ("5 mm", "5 cm"),
        ("120", "121"),
        ("-20 ℃", "20 ℃"),
        ("5 %", "6%"),
        ("5 %", "5.3%"),
        ("v1.10", "v1.1"),
        ("v1.1", "v11"),
        ("2024-03-05", "2024-05-03"),
        ("2024年3月", "2024年4月"),
        ("不超过5天", "不超过7天"),
        ("不超过30天", "不少于30天"),
        ("至少5天", "3天"),
        ("3到8天", "10天"),
        ("3到8天", "3到9天"),
        ("约100", "150"),
        ("3个月", "100天"),
        ("第5条", "第6条"),
        ("PX-200", "PX-300"),
        ("14:30", "15:30"),
        ("135万元", "153万元"),
        ("400-800-1234", "400-800-1235"),
        ("v6.9", "v7.0+"),
        ("2018年", "2019-2021年"),
        ("18:00", "9:00-17:00"),
        ("30分钟", "1小时"),
        ("1:3", "1:2"),
        ("超过5", "不超过5"),
        ("2022年", "2023年以来"),
    ],
)
def test_different(one: str, other: str) -> None:
    assert compare(only(one), only(other)) == "different"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 mm", "5 kg"),
        ("5 mm", "6"),
        ("5元", "5美元"),
        ("5元", "5天"),
        ("3名", "3台"),
        ("第5条", "第5章"),
        ("PX-200", "E-042"),
        ("2024年", "3月5日"),
        ("v1.10", "1.2"),
        ("1:3", "5"),
        ("5 %", "5个百分点"),
        ("5个工作日", "5天"),
        ("14:30", "14"),
        ("PX-200", "200 mm"),
        ("20度", "30°"),
    ],
)
def test_unrelated(one: str, other: str) -> None:
    assert compare(only(one), only(other)) == "unrelated"


def test_the_closest_of_several() -> None:
    source = quantities("保修期3年，押金200元，不超过30天，2024年3月5日签订。")
    assert closest(only("36个月"), source) == "same"
    assert closest(only("20天"), source) == "compatible"
    assert closest(only("5年"), source) == "different"
    assert closest(only("5 kg"), source) == "unrelated"
    assert closest(only("5"), []) == "unrelated"
