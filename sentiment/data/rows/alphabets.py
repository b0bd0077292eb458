"""The letters of languages beyond ASCII, by which `guessing` tells encodings apart.

The letters are those of each language's exemplar set in Unicode's CLDR
(https://cldr.unicode.org), roughly in the order of their frequency in running text: only
which letters are common and which are rare matters here. Which encodings a language was
written in is as web browsers know it (https://encoding.spec.whatwg.org), with the code
pages of DOS and of old Macs.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """What a text in a language looks like in the encodings that it is written in."""

    letters: str
    """Small letters that are not ASCII, the common ones first."""
    share: float
    """How many of all letters are not ASCII, from 0 to 1."""
    encodings: tuple[str, ...]
    repertoire: str = ""
    """For scripts of thousands of signs: the national standard that has those in use."""

    @property
    def is_latin(self) -> bool:
        """Return whether its letters stand among those of ASCII in one word."""
        return self.share < 0.5


_WESTERN = ("cp1252", "iso8859_15", "cp850", "mac_roman")
_CENTRAL = ("cp1250", "iso8859_2", "cp852")
_CYRILLIC = ("cp1251", "koi8_u", "koi8_r", "iso8859_5", "cp866", "mac_cyrillic")
_OTHER_SCRIPT = 0.85  # the rest are names, links, tags and labels

LANGUAGES = (
    # English with names and foreign words, or several western languages in one file.
    Language("éèüöáñóíçäêàïëâôåøúîûãßæœòùìõýðþÿ", 0.01, _WESTERN),
    Language("éàèêçôîâûùœïëöüÿæ", 0.04, _WESTERN),  # French
    Language("üäößéà", 0.02, _WESTERN),  # German
    Language("óáíéñúü", 0.025, _WESTERN),  # Spanish
    Language("ãçéáíóêõúâàôü", 0.045, _WESTERN),  # Portuguese
    Language("èàòùéìí", 0.012, _WESTERN),  # Italian
    Language("àèéóíçúòüï", 0.03, _WESTERN),  # Catalan
    Language("äöåé", 0.05, _WESTERN),  # Swedish, Finnish
    Language("åøæé", 0.03, _WESTERN),  # Danish, Norwegian
    Language("éëïèöüóê", 0.004, _WESTERN),  # Dutch
    Language("áíðóþæéöúý", 0.12, _WESTERN),  # Icelandic
    Language("áéöóőíüúű", 0.12, _CENTRAL),  # Hungarian
    Language("íáéěřýčžšůúťďňó", 0.14, _CENTRAL),  # Czech
    Language("áíéčšžýúťľňôďäóĺŕ", 0.13, _CENTRAL),  # Slovak
    Language("łęążśćóńź", 0.08, _CENTRAL),  # Polish
    Language("ăîâșşțţ", 0.06, _CENTRAL),  # Romanian, whose code pages have cedillas
    Language("čšžćđ", 0.04, _CENTRAL),  # Croatian, Slovene
    Language("ıüşöğçâî", 0.13, ("cp1254",)),  # Turkish
    Language("ėšųžįčąūę", 0.08, ("cp1257",)),  # Lithuanian
    Language("āīēšūņļžčģķ", 0.13, ("cp1257",)),  # Latvian
    Language("äõüöšž", 0.05, ("cp1257",)),  # Estonian
    Language(
        "đưàáâôảêạơ\u0301\u0300\u0323\u0309\u0303éèóòúùíìýăã", 0.25, ("cp1258",)
    ),  # Vietnamese
    Language("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", _OTHER_SCRIPT, _CYRILLIC),  # Russian
    Language("оаниіевртсклудмпзяьбгйчхцїюєжшщфґ", _OTHER_SCRIPT, _CYRILLIC),  # Ukrainian
    Language("аоиентрсвлкдпмзгяъубчцйжщхшфюь", _OTHER_SCRIPT, _CYRILLIC),  # Bulgarian
    Language("аиоенрсујтквдмплгзбшчцњжћхљђфџ", _OTHER_SCRIPT, _CYRILLIC),  # Serbian
    Language("анеіорысктлвудзмпяьўбгшчцёжйхюэф", _OTHER_SCRIPT, _CYRILLIC),  # Belarusian
    Language("ατοιενρσκηπςυμλίόάγέδήωχθύώφβξζψϊ", _OTHER_SCRIPT, ("cp1253", "iso8859_7")),  # Greek
    Language("יוהלרבתמאשנעםדקחפסכגטצןזךףץ", _OTHER_SCRIPT, ("cp1255",)),  # Hebrew
    Language(
        "اليمونرتبةعدسفهكقأحجشطصىخإذزضغثئآءظؤًٌَُ", _OTHER_SCRIPT, ("cp1256", "iso8859_6")
    ),  # Arabic
    Language("ایردنهومتبسلکشزفگعخقجآپحطصچغضذثئظژ\u200c", _OTHER_SCRIPT, ("cp1256",)),  # Persian
    Language("านรอกเง่มยลวด้ทีัสตะปบคหแิจืพชขใไึำซู์โณผฟุธถภญษ็ฐฝศ๊ฉฯๆฎฮ๋ฤ", _OTHER_SCRIPT, ("cp874",)),  # Thai
    Language(
        "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道"
        "行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实很电影非常",
        _OTHER_SCRIPT,
        ("gb18030",),
        "gb2312",
    ),  # Chinese, in short signs
    Language(
        "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道"
        "行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實很電影非常",
        _OTHER_SCRIPT,
        ("big5",),
        "big5",
    ),  # Chinese, in full signs
    Language(
        "のにるたとはしいをでてがなれからさっりすあもこまうくよきんめおけそつだやえどわちみせじばへびずろほげむべひょゆぶごゃ"
        "ンースルトリイアラックドシレジタフロカテマィ日一人年大十本中長出三時行見月分後前生間上気思面白映画作品",
        _OTHER_SCRIPT,
        ("cp932", "euc_jp"),
        "shift_jis",
    ),  # Japanese
    Language(
        "이다에의는로하을가고지서한은기으년대사시를리도인스일나자어아해있그라보수들만정게면없것원장부너상전제요우구여어진"
        "말좋화영습니",
        _OTHER_SCRIPT,
        ("cp949",),
        "euc_kr",
    ),  # Korean
)
