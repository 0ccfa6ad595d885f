//! The names of the day: made up from short lists, so that any likeness is chance.

const FAMILY: [&str; 40] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "高",
    "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "肖", "田", "董", "潘", "袁", "蔡",
    "欧阳", "上官",
];

const GIVEN: [&str; 56] = [
    "伟", "芳", "娜", "敏", "静", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "超", "明", "秀兰", "建国", "志强",
    "丽华", "晓明", "海燕", "文博", "子涵", "雨桐", "思远", "嘉怡", "俊杰", "欣然", "浩然", "梦琪", "天佑", "若曦",
    "国栋", "玉梅", "春生", "德华", "慧敏", "振宇", "雅琴", "少峰", "立新", "佳宁", "一鸣", "书航", "安琪", "家豪",
    "美玲", "宏伟", "乐天", "清扬", "瑞雪", "永康", "诗涵", "启明", "婉清", "长风",
];

const FOREIGN: [&str; 24] = [
    "Anna Lindqvist",
    "Pierre Marchand",
    "John O'Neill",
    "María Fernández",
    "Kenji Takahashi",
    "Soo-jin Park",
    "Priya Raghavan",
    "Lukas Brandt",
    "Chiara Bellini",
    "Ahmed Al-Sayed",
    "Thandiwe Nkosi",
    "Ivan Petrov",
    "Emily Carter",
    "Jürgen Größ",
    "Fatima Zahra",
    "Nguyễn Minh Anh",
    "Ola Nordmann",
    "Zoë van Dijk",
    "Renée Dubois",
    "Carlos Souza",
    "Hana Nováková",
    "Michael Stone",
    "Aiko Yamamoto",
    "Siti Rahmah",
];

const HOUSES: [&str; 20] = [
    "华东会展集团",
    "江海商会",
    "远洋物流公司",
    "城市规划院",
    "东方交通大学",
    "浦江证券",
    "国际友好协会",
    "晨光电力",
    "新港贸易",
    "海川汽车",
    "天衡律师事务所",
    "长三角研究院",
    "云帆科技",
    "明德医院",
    "北岸文化",
    "Nordlys Shipping",
    "Atelier Marchand",
    "Brandt Maschinenbau",
    "Pacific Rim Forum",
    "Save Our Rivers",
];

const NEEDS: [&str; 8] = ["轮椅通道", "素食", "清真餐", "英语翻译", "日语翻译", "助听设备", "花生过敏", "安静候场"];

/// The name of a guest; about one in twelve is foreign.
pub fn guest(chance: &mut fastrand::Rng) -> String {
    if chance.u32(0..12) == 0 { one_of(&FOREIGN, chance).to_owned() } else { local(chance) }
}

/// A local name: of the staff, or of a guest.
pub fn local(chance: &mut fastrand::Rng) -> String {
    format!("{}{}", one_of(&FAMILY, chance), one_of(&GIVEN, chance))
}

/// Where a guest comes from.
pub fn organisation(chance: &mut fastrand::Rng) -> String {
    one_of(&HOUSES, chance).to_owned()
}

/// What a guest needs; mostly nothing, seldom two things.
pub fn needs(chance: &mut fastrand::Rng) -> Vec<String> {
    let count = match chance.u32(0..100) {
        0..=90 => 0,
        91..=98 => 1,
        _ => 2,
    };
    chance.choose_multiple(NEEDS, count).into_iter().map(str::to_owned).collect()
}

/// A telephone number that nobody has: 1380000 is not given out.
pub fn telephone(chance: &mut fastrand::Rng) -> String {
    format!("1380000{:04}", chance.u32(0..10_000))
}

/// One of a list that is not empty.
pub fn one_of<'a>(list: &[&'a str], chance: &mut fastrand::Rng) -> &'a str {
    chance.choice(list).copied().unwrap_or_default()
}
