import io

import pytest
from pptx import Presentation
from pptx.util import Inches

from .makers import docx, epub, loaded, paragraph


def presentation():
    deck = Presentation()
    for number in (1, 2, 3):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        if number != 2:
            slide.shapes.title.text = f"第{number}节"
            box = slide.shapes.add_textbox(Inches(1), Inches(3), Inches(4), Inches(1))
            box.text_frame.text = f"正文 {number}"
    deck.core_properties.title = "演示"
    return deck


def saved(deck):
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def test_word_headings_tables_and_title():
    cell = "<w:tc>{}</w:tc>"
    row = "<w:tr>" + cell.format(paragraph("型号")) + cell.format(paragraph("功率")) + "</w:tr>"
    row2 = "<w:tr>" + cell.format(paragraph("PPR_9087")) + cell.format(paragraph("5 kW")) + "</w:tr>"
    body = paragraph("水泵手册", "Title") + paragraph("参数", "Heading2") + f"<w:tbl>{row}{row2}</w:tbl>"
    document = loaded(docx(body), "a.docx")
    assert document.text == "# 水泵手册\n\n## 参数\n\n| 型号 | 功率 |\n| --- | --- |\n| PPR_9087 | 5 kW |"
    assert document.title == "水泵手册"


def test_the_title_of_the_properties_serves_where_no_heading_is():
    core = '<p xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A &amp; B</dc:title></p>'
    assert loaded(docx(paragraph("text"), **{"docProps/core.xml": core}), "a.docx").title == "A & B"


def test_slides_are_marked():
    document = loaded(saved(presentation()), "a.pptx")
    assert document.text == "# 第1节\n正文 1\n\n# 第3节\n正文 3\n\n"
    assert [(document.text[mark.at :][:5], mark.page) for mark in document.marks] == [("# 第1节", 1), ("# 第3节", 3)]
    assert document.title == "第1节"


def test_a_shape_of_unknown_type_does_not_lose_the_deck():
    deck = presentation()
    for shape in deck.slides[0].shapes:
        for geometry in shape.element.xpath(".//a:prstGeom"):
            geometry.getparent().remove(geometry)
        for properties in shape.element.xpath(".//p:cNvSpPr"):
            properties.attrib.pop("txBox", None)
    assert "正文 1" in loaded(saved(deck), "a.pptx").text


def test_a_book_is_read_in_order_under_its_own_title():
    document = loaded(epub(["<h1>第一章</h1><p>水</p>", "<h1>第二章</h1><p>火</p>"]), "a.epub")
    assert document.title == "水泵手册"
    assert document.text.endswith("# 第一章\n\n水\n\n# 第二章\n\n火")


@pytest.mark.parametrize("name", ["word/document.xml", "word/styles.xml"])
def test_a_part_that_is_no_xml_is_an_error_of_one_sentence(name):
    from wenyuan.errors import SourceError

    with pytest.raises(SourceError, match=r"docs/a\.docx: it cannot be read as docx \(.*\); save it again") as error:
        loaded(docx(paragraph("text"), **{name: "<w:broken"}), "a.docx")
    assert "\n" not in str(error.value)
