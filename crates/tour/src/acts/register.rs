//! The resident register (住民基本台帳) is read in.

use crate::{
    Failure,
    acts::now,
    people::Cast,
    teller::{Stop, Teller},
};
use serde_json::{Value, json};
use shirushi_rules::IMPORT_ROWS;

pub(crate) async fn tell(teller: &mut Teller<'_>) -> Result<Cast, Stop> {
    let city = teller.city.clone();
    let random = teller.random;
    let cast = teller
        .accept("the-city-answers", async {
            let today = now(&city).await?.date_jst();
            let cast = Cast::invent(random, today)?;
            Ok((cast, format!("the city's day is {today}")))
        })
        .await?;
    let broken = cast
        .csv()
        .replacen("alive", "alive-ish", 1);
    teller
        .refuse(
            "import-with-a-bad-row",
            &IMPORT_ROWS,
            city.send::<Value>("/sandbox/residents", None, &json!({ "csv": broken })),
        )
        .await?;
    teller
        .accept("import-residents", async {
            let report: Value = city
                .send("/sandbox/residents", None, &json!({ "csv": cast.csv() }))
                .await?;
            // Also shows that nothing of the refused file was imported: a code is taken only once.
            match report["imported"].as_u64() {
                Some(7) => Ok(((), "7 residents".to_owned())),
                other => Err(Failure::Broken(format!("{other:?} imported instead of 7"))),
            }
        })
        .await?;
    Ok(cast)
}
