//! Variants (異体字) that no decomposition tells of: each followed by the character of like shape or of the same word.
//!
//! Collected by hand from the forms met in names and places: printed old forms (靑 for 青, 橫 for 横), hand-written ones (髙, 𠮷,
//! 﨑), and kana that JIS X 0208 lacks. A municipality registers its own choice; this table is ours.

/// Pairs of characters outside the certificate repertoire and their substitutes, in ascending order.
pub(super) const VARIANTS: &[&str] = &[
    "ゔヴゕヵゖヶヷワヸヰヹヱヺヲㇰクㇱシㇲスㇳトㇴヌㇵハㇶヒㇷフㇸヘㇹホㇺムㇻラㇼリ",
    "ㇽルㇾレㇿロ",
    "㐂喜㒵貌㔟勢㕝事㝡最㝵得㟁岸㟢崎㠀島㠯以㡀敝㤗泰㫖旨㬎顕㬢曦㯃漆㴑溯㷀煢㷔焔䇳箋",
    "䈎葉䑓台䑛舐䕃蔭䖝虫䙥褻䟽疏䯂髄䰗鬮俱倶兠兜內内凬風剝剥勻匂卧臥卺巹卽即吞呑吳呉",
    "咊和噓嘘囬回囯国圗図圡土墙牆增増壠壟夀寿奌点姸妍娛娯宻密寕寧寬寛尒爾尙尚屛屏峕時",
    "嵓巌巗巌巢巣幚幇幷并庻庶廹迫开開强強彥彦徵徴德徳悅悦惪徳愠慍戶戸户戸戾戻扵於揭掲",
    "敎教斍覚旣既昻昂晚晩曅曄曆暦柺拐栁柳栾欒槪概橫横欎鬱步歩歬前歲歳歷歴殁歿每毎氊氈",
    "涉渉淚涙淸清渗滲溫温滙匯瀨瀬煑煮熖焔牗牖狀状甁瓶產産瘘瘻硏研礮砲秌秋稅税笻筇簞箪",
    "絕絶綠緑緖緒緣縁脍膾脫脱艹艸蔾藜薰薫虛虚蟬蝉裠裙訡吟諐愆譩噫賴頼躶裸邹鄒郞郎鄉郷",
    "鄊郷鄕郷鈡鐘銳鋭錄録鍊錬鍫鍬鎸鐫鐤鼎閆閻閒間閗闘閱閲阴陰隽雋靍鶴靑青頋顧飱飧驒騨",
    "驘騾髙高鶑鴬麐麟麽麼黃黄黑黒龎龐﨑崎﨔欅﨟臈﨤返﨩島𠀋丈𠅘享𠮟叱𠮷吉𡈽土𡱖尻𡶷嶽",
    "𢈘鹿𢌞廻𣘺橋𣪘簋𥡴稽𦚰脇𦣝頤𦥑臼𦥯学𨉷躬𨏍轟",
];
