from __future__ import annotations

from publisher.report.markdown import code, plain, span
from tests.conftest import cases


@cases(
    ("text", "as_plain", "as_span"),
    {
        "plain": ("a 1.0, b", "a 1.0, b", "`a 1.0, b`"),
        "nothing": (" ", "", ""),
        "bar": ("a|b", "a&#124;b", "<code>a&#124;b</code>"),
        "backtick": ("`a`", "&#96;a&#96;", "<code>&#96;a&#96;</code>"),
        "lines": ("a\n| b |\r\nc", "a &#124; b &#124; c", "<code>a &#124; b &#124; c</code>"),
        "HTML": ("<img src=x>", "&#60;img src=x&#62;", "`<img src=x>`"),
        "mention and issue": ("@team #7", "&#64;team &#35;7", "`@team #7`"),
        "link": ("[a](https://x)", "&#91;a&#93;(https&#58;//x)", "`[a](https://x)`"),
        "address": ("www.example.com", "www&#46;example.com", "`www.example.com`"),
        "emphasis": ("*a* _b_ ~c~", "&#42;a&#42; &#95;b&#95; &#126;c&#126;", "`*a* _b_ ~c~`"),
        "entity": ("&lt;", "&#38;lt;", "`&lt;`"),
        "unseen": ("a\u202eb\x1b", "a&#92;u202eb&#92;x1b", r"`a\u202eb\x1b`"),
        "blank letters": ("a\u3164b", "a&#92;u3164b", r"`a\u3164b`"),
    },
)
def test_text_of_others_stays_text(text: str, as_plain: str, as_span: str) -> None:
    assert (plain(text), span(text)) == (as_plain, as_span)
    assert code(text) == (f"<code>{as_plain}</code>" if as_plain else "")
