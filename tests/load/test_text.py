from wenyuan.load import Limits

from .makers import loaded


def test_markdown_is_kept_verbatim():
    source = "# 标题\n\n* a_b\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```py\n# no\n```\n\n\n<b>html</b>  \n"
    assert loaded(source, "a.md").text == source


def test_html_becomes_markdown_without_scripts_styles_and_embedded_images():
    page = (
        "<html><head><title>T</title><style>p {color: red}</style><script>alert(1)</script></head><body>"
        "<h2>参数</h2><p>max_connections *</p><img alt='图' src='data:image/png;base64,AAAA'>"
        "<table><tr><td>型号</td><td>功率</td></tr><tr><td>PPR-9087</td><td>5 kW</td></tr></table></body></html>"
    )
    document = loaded(page, "a.htm")
    assert document.title == "T"
    assert document.text.startswith("## 参数\n\nmax_connections *\n\n图")
    assert document.text.endswith("| 型号 | 功率 |\n| --- | --- |\n| PPR-9087 | 5 kW |")
    assert "alert" not in document.text
    assert "color" not in document.text


def test_plain_text_has_no_front_matter():
    source = "---\na: 1\n---\ntext"
    assert loaded(source, "a.txt", Limits()).text == source
