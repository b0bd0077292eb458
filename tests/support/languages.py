"""Reviews in twenty languages, to be written in the encodings that each was written in."""

SENTENCES = {
    "English": (
        "It’s “great” – worth every penny…",
        "The café scenes are naïve, but Penélope Cruz is superb.",
        "Amélie has a certain je ne sais quoi, déjà vu or not.",
        "Beyoncé, Björk and Sinéad O’Connor on one soundtrack!",
        "A cliché from Malmö to São Paulo; my fiancée fell asleep.",
        "Tickets were £9 – 20°C and no popcorn.",
    ),
    "Hungarian": (
        "Nagyon jó film volt, örülök, hogy megnéztem.",
        "A szereplők hűvösek és unalmasak, nem tetszett.",
        "Könnyű, szórakoztató történet gyönyörű képekkel.",
        "Túl hosszú, és a vége teljesen érthetetlen.",
        "Őszintén ajánlom mindenkinek, felejthetetlen élmény!",
        "Sajnos a kétórás előadás kárba veszett idő.",
    ),
    "Czech": (
        "Příliš žluťoučký kůň úpěl ďábelské ódy, ale film byl skvělý.",
        "Herci hráli výborně a příběh mě opravdu dojal.",
        "Nudné, předvídatelné a zbytečně dlouhé.",
        "Určitě se na něj podívám ještě jednou.",
        "Škoda peněz, konec nedává žádný smysl.",
        "Krásná hudba a nádherná kamera.",
    ),
    "Polish": (
        "Świetny film, gorąco polecam każdemu!",
        "Książka była nudna i źle napisana, żałuję.",
        "Aktorzy grają znakomicie, a zdjęcia są piękne.",
        "Nie warto wydawać pieniędzy na bilet.",
        "Końcówka mnie wzruszyła, łzy płynęły same.",
        "Słaby scenariusz, dłużyzny i żadnej myśli.",
    ),
    "Romanian": (
        "Un film foarte frumos, mi-a plăcut până la sfârșit.",
        "Actorii joacă prost și povestea este plictisitoare.",
        "Îl recomand tuturor, merită văzut încă o dată.",
        "Două ore pierdute, nimic nu avea înțeles.",
        "Muzica și imaginea sunt minunate, câteva scene uimitoare.",
        "Prea lung, fără haz și fără rost.",
    ),
    "German": (
        "Überraschend schöner Film, die Schauspieler waren großartig.",
        "Langweilig und viel zu lang, ich wäre fast eingeschlafen.",
        "Für die ganze Familie geeignet, hübsch gemacht.",
        "Die Geschichte ist blöd und völlig unglaubwürdig.",
        "Müde Witze, schwache Dialoge, außerdem schlecht gekürzt.",
        "Ich würde ihn jederzeit wieder anschauen.",
    ),
    "French": (
        "Un très beau film, émouvant et drôle à la fois.",
        "L’intrigue est bâclée et les acteurs jouent mal, déçu.",
        "J’ai adoré la musique et les décors, à voir absolument.",
        "Ça traîne en longueur, je me suis ennuyé.",
        "Une œuvre magnifique, portée par des comédiens inspirés.",
        "Complètement raté, où est passé le réalisateur ?",
    ),
    "Spanish": (
        "¡Qué película más bonita! Me emocionó muchísimo.",
        "Aburrida, demasiado larga y sin ningún sentido.",
        "Los actores están muy bien y la música también.",
        "No la volvería a ver, fue una pérdida de tiempo.",
        "Una joya del cine español, llena de corazón y pasión.",
        "El guión es flojo y el final, ridículo; señor director, ¿por qué?",
    ),
    "Portuguese": (
        "Não gostei, a história é confusa e não tem emoção.",
        "Um filme maravilhoso, com ótimas atuações e canções.",
        "Os diálogos são fracos, mas a fotografia é bonita.",
        "Recomendo a todos, é impossível não se comover.",
        "Duração excessiva, três horas de chatice.",
        "A atriz está excelente, você vai gostar também.",
    ),
    "Swedish": (
        "En väldigt bra film, jag tänkte på den länge efteråt.",
        "Tråkig och alldeles för lång, hela handlingen är förutsägbar.",
        "Skådespelarna är utmärkta och fotot är vackert.",
        "Jag ångrar att jag köpte biljett, så dåligt var det.",
        "Mysig berättelse för både små och stora.",
        "Slutet är överraskande och rör en till tårar.",
    ),
    "Turkish": (
        "Çok güzel bir film, herkese tavsiye ederim, şaşırtıcıydı.",
        "Oyuncular kötü, hikâye sıkıcı ve gereğinden uzundu.",
        "Müzikler harikaydı, görüntüler de öyle, ağladım.",
        "İzlediğime pişman oldum, hiç beğenmedim.",
        "Başından sonuna kadar heyecanlı ve duygusal.",
        "Senaryo zayıf, diyaloglar yapay olmuş.",
    ),
    "Lithuanian": (
        "Labai gražus filmas, džiaugiuosi, kad jį pamačiau.",
        "Nuobodus ir per ilgas, pasakojimas visiškai neįtikina.",
        "Aktoriai vaidina puikiai, o muzika nuostabi.",
        "Gaila sugaišto laiko, nieko neišliko atminty.",
        "Šiltas, jautrus kūrinys, kurį žiūrėčiau dar kartą.",
        "Pabaiga kvaila, dialogai silpni ir dirbtiniai, ačiū, ne.",
    ),
    "Greek": (
        "Πολύ καλή ταινία, μου άρεσε από την αρχή ως το τέλος.",
        "Βαρετή και υπερβολικά μεγάλη, δεν την συνιστώ.",
        "Οι ηθοποιοί είναι εξαιρετικοί και η μουσική υπέροχη.",
        "Χάσιμο χρόνου, το σενάριο δεν έχει κανένα νόημα.",
        "Συγκινητική ιστορία που θα θυμάμαι για καιρό.",
        "Περίμενα κάτι καλύτερο, απογοητεύτηκα.",
    ),
    "Russian": (
        "Отличный фильм, смотрел с большим удовольствием.",
        "Скучно и слишком длинно, жаль потраченного времени.",
        "Актёры играют прекрасно, музыка тоже понравилась.",
        "Сюжет предсказуемый, концовка просто глупая.",
        "Советую всем, кто любит хорошее кино.",
        "Ужасный перевод и плохой звук, не рекомендую.",
    ),
    "Ukrainian": (
        "Чудовий фільм, дивився із великим задоволенням.",
        "Нудно й надто довго, шкода витраченого часу.",
        "Актори грають прекрасно, музика теж сподобалася.",
        "Сюжет передбачуваний, кінцівка просто дурна.",
        "Раджу всім, хто любить гарне українське кіно.",
        "Жахливий переклад і поганий звук, є й кращі стрічки.",
    ),
    "Hebrew": (
        "סרט נהדר, נהניתי מאוד מכל רגע.",
        "משעמם וארוך מדי, חבל על הזמן.",
        "השחקנים מצוינים והמוזיקה יפה.",
        "העלילה צפויה והסוף פשוט טיפשי.",
        "ממליץ לכל מי שאוהב קולנוע טוב.",
        "תרגום גרוע, לא הייתי רואה שוב.",
    ),
    "Arabic": (
        "فيلم رائع جدا، استمتعت بكل دقيقة منه.",
        "ممل وطويل أكثر من اللازم، مضيعة للوقت.",
        "الممثلون ممتازون والموسيقى جميلة.",
        "القصة متوقعة والنهاية سخيفة.",
        "أنصح به كل من يحب السينما الجيدة.",
        "ترجمة سيئة ولن أشاهده مرة أخرى.",
    ),
    "Thai": (
        "หนังสนุกมาก ดูแล้วมีความสุข",
        "น่าเบื่อและยาวเกินไป เสียเวลาเปล่า",
        "นักแสดงเล่นดีมากและเพลงก็เพราะ",
        "เนื้อเรื่องเดาง่าย ตอนจบไม่ดีเลย",
        "แนะนำให้ทุกคนไปดู",
        "แปลแย่มาก ไม่อยากดูอีก",
    ),
    "Japanese": (
        "とても面白い映画でした。もう一度見たいです。",
        "退屈で長すぎる。時間の無駄だった。",
        "俳優の演技が素晴らしく、音楽も美しい。",
        "ストーリーが単純で、最後はがっかりした。",
        "すべての人におすすめします。",
        "字幕がひどくて、内容がよくわからなかった。",
    ),
    "Chinese, short signs": (
        "这部电影非常好看，我很喜欢。",
        "太无聊了，浪费时间，不推荐。",
        "演员演得很好，音乐也很美。",
        "故事情节简单，结局让人失望。",
        "推荐给所有喜欢电影的朋友。",
        "翻译很差，看不懂在说什么。",
    ),
    "Chinese, full signs": (
        "這部電影非常好看，我很喜歡。",
        "太無聊了，浪費時間，不推薦。",
        "演員演得很好，音樂也很美。",
        "故事情節簡單，結局讓人失望。",
        "推薦給所有喜歡電影的朋友。",
        "翻譯很差，看不懂在說什麼。",
    ),
    "Korean": (
        "정말 재미있는 영화였습니다. 다시 보고 싶어요.",
        "지루하고 너무 길다. 시간 낭비였다.",
        "배우들의 연기가 훌륭하고 음악도 아름답다.",
        "줄거리가 뻔하고 결말이 실망스럽다.",
        "모든 사람에게 추천합니다.",
        "번역이 엉망이라 내용을 이해할 수 없었다.",
    ),
}

_WESTERN = ("cp1252", "latin-1", "iso8859-15", "mac-roman", "cp850")
_CENTRAL = ("cp1250", "iso8859-2", "cp852")
_CYRILLIC = ("cp1251", "koi8-u", "iso8859-5", "mac-cyrillic")
ENCODINGS = {
    **dict.fromkeys(("English", "German", "French", "Spanish", "Portuguese", "Swedish"), _WESTERN),
    **dict.fromkeys(("Hungarian", "Czech", "Polish", "Romanian"), _CENTRAL),
    "Turkish": ("cp1254", "iso8859-9"),
    "Lithuanian": ("cp1257", "iso8859-13"),
    "Greek": ("cp1253", "iso8859-7"),
    "Russian": (*_CYRILLIC, "koi8-r", "cp866"),
    "Ukrainian": _CYRILLIC,
    "Hebrew": ("cp1255", "iso8859-8"),
    "Arabic": ("cp1256", "iso8859-6"),
    "Thai": ("cp874",),
    "Japanese": ("shift-jis", "euc-jp"),
    "Chinese, short signs": ("gb2312", "gb18030"),
    "Chinese, full signs": ("big5",),
    "Korean": ("euc-kr",),
}
"""The usual encodings of each language, as Python names them."""

_OLD_LETTERS = str.maketrans("șțȘȚ’“”–…œ", "şţŞŢ'''-.o")


def sentences(language: str, encoding: str) -> list[str]:
    """Return the sentences of a language in the letters that an encoding has.

    Romanian was written with cedillas; what else an encoding lacks is left out.
    """
    return [
        each.translate(_OLD_LETTERS) if not _fits(each, encoding) else each
        for each in SENTENCES[language]
    ]


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
