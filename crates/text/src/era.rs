//! Eras (元号) and dates written with them (和暦).

/// An era since the reign of one emperor has one name (明治元年).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Era {
    /// 明治, from 1868-01-25
    Meiji,
    /// 大正, from 1912-07-30
    Taisho,
    /// 昭和, from 1926-12-25
    Showa,
    /// 平成, from 1989-01-08
    Heisei,
    /// 令和, from 2019-05-01
    Reiwa,
}

impl Era {
    /// Every era, newest first.
    pub const ALL: [Self; 5] = [
        Self::Reiwa,
        Self::Heisei,
        Self::Showa,
        Self::Taisho,
        Self::Meiji,
    ];

    /// Its first day: year, month, day. The day itself belongs to the new era. 明治 begins, as its edict of October 1868 says,
    /// with that year of the old calendar, whose first day was 25 January.
    #[must_use]
    pub fn first_day(self) -> (i16, u8, u8) {
        match self {
            Self::Meiji => (1868, 1, 25),
            Self::Taisho => (1912, 7, 30),
            Self::Showa => (1926, 12, 25),
            Self::Heisei => (1989, 1, 8),
            Self::Reiwa => (2019, 5, 1),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Meiji => "明治",
            Self::Taisho => "大正",
            Self::Showa => "昭和",
            Self::Heisei => "平成",
            Self::Reiwa => "令和",
        }
    }

    /// Its digit in a certificate's date of birth (`facts/profile-and-rules.md` A.5).
    #[must_use]
    pub fn digit(self) -> char {
        match self {
            Self::Meiji => '1',
            Self::Taisho => '2',
            Self::Showa => '3',
            Self::Heisei => '4',
            Self::Reiwa => '5',
        }
    }
}

/// The era of a Gregorian date, none before 明治. Months and days are taken in whatever width a calendar has them (`u8`, `i8`);
/// one that is no `u8` has no era.
#[must_use]
pub fn era_of(year: i16, month: impl TryInto<u8>, day: impl TryInto<u8>) -> Option<Era> {
    let (month, day) = (month.try_into().ok()?, day.try_into().ok()?);
    Era::ALL
        .into_iter()
        .find(|era| (year, month, day) >= era.first_day())
}

/// The era digit of a date of birth: 1 明治, 2 大正, 3 昭和, 4 平成, 5 令和, and 0 (unknown) before
/// (`facts/profile-and-rules.md` A.5).
#[must_use]
pub fn era_digit(year: i16, month: impl TryInto<u8>, day: impl TryInto<u8>) -> char {
    era_of(year, month, day).map_or('0', Era::digit)
}

/// A date as people write it, 令和8年11月22日; the first year of an era is 元年; before 明治 the year of the common era,
/// 西暦1850年1月1日.
#[must_use]
pub fn wareki(year: i16, month: impl TryInto<u8>, day: impl TryInto<u8>) -> String {
    let month = month.try_into().unwrap_or_default();
    let day = day.try_into().unwrap_or_default();
    let Some(era) = era_of(year, month, day) else {
        return format!("西暦{year}年{month}月{day}日");
    };
    let name = era.name();
    match i32::from(year) - i32::from(era.first_day().0) + 1 {
        1 => format!("{name}元年{month}月{day}日"),
        of_era => format!("{name}{of_era}年{month}月{day}日"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_era_begins_on_its_first_day_and_not_before() {
        for (before, first, digits) in [
            ((1868, 1, 24), (1868, 1, 25), ['0', '1']),
            ((1912, 7, 29), (1912, 7, 30), ['1', '2']),
            ((1926, 12, 24), (1926, 12, 25), ['2', '3']),
            ((1989, 1, 7), (1989, 1, 8), ['3', '4']),
            ((2019, 4, 30), (2019, 5, 1), ['4', '5']),
        ] {
            let digit = |(y, m, d)| era_digit(y, m, d);
            assert_eq!([digit(before), digit(first)], digits);
        }
    }

    #[test]
    fn dates_are_written_with_their_era() {
        assert_eq!(wareki(2026, 11, 22), "令和8年11月22日");
        assert_eq!(wareki(2019, 5, 1), "令和元年5月1日");
        assert_eq!(wareki(2019, 4, 30), "平成31年4月30日");
        assert_eq!(wareki(1989, 1, 7), "昭和64年1月7日");
        assert_eq!(wareki(1926, 12, 25), "昭和元年12月25日");
        assert_eq!(wareki(1850, 1, 1), "西暦1850年1月1日");
    }

    proptest! {
        #[test]
        fn digits_never_go_back_in_time(mut days in proptest::collection::vec((any::<i16>(), 1u8..=12, 1u8..=31), 2..20)) {
            days.sort_unstable();
            let digits: Vec<char> = days.iter().map(|&(y, m, d)| era_digit(y, m, d)).collect();
            prop_assert!(digits.is_sorted());
            prop_assert!(days.iter().all(|&(y, m, d)| wareki(y, m, d).contains('年')));
        }
    }
}
