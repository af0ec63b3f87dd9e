//! The sites that the owner of this machine allows.

use crate::{
    Agent,
    origin::{UnfitSite, site},
    sql,
};
use shirushi_clock::Instant;
use shirushi_rules::{Bilingual, Fact, Facts, Refusal, SITE_ALLOWED, SITE_OVER_TLS, WELL_FORMED};
use shirushi_store::StoreError;

/// A site that is allowed.
#[derive(Clone, Debug)]
pub(crate) struct AllowedSite {
    pub(crate) origin: String,
    /// When the owner added it; none for those of the configuration.
    pub(crate) added_at: Option<Instant>,
}

impl Agent {
    /// The allowed sites: those of the configuration, then those added.
    pub(crate) async fn sites(&self) -> Result<Vec<AllowedSite>, StoreError> {
        let mut sites: Vec<AllowedSite> = self
            .configured
            .iter()
            .map(|origin| AllowedSite {
                origin: origin.clone(),
                added_at: None,
            })
            .collect();
        for row in self.store.rows(sql::SITES, &[]).await? {
            let added = AllowedSite {
                origin: row.text("origin")?,
                added_at: Instant::from_unix(row.integer("added_at")?).ok(),
            };
            if sites
                .iter()
                .all(|site| site.origin != added.origin)
            {
                sites.push(added);
            }
        }
        Ok(sites)
    }

    /// The origin that `text` names, if its site is allowed.
    pub(crate) async fn require_allowed(
        &self,
        text: &str,
    ) -> Result<Result<String, Refusal>, StoreError> {
        let named = match site(text) {
            Ok(origin) => Some(origin),
            Err(UnfitSite::NoOrigin) => None,
            Err(UnfitSite::Plain(origin)) => return Ok(Err(plain(origin))),
        };
        let sites = self.sites().await?;
        let found = named.clone().filter(|named| {
            sites
                .iter()
                .any(|site| site.origin == *named)
        });
        Ok(found.ok_or_else(|| {
            let shown = named.map_or_else(
                || Bilingual::new("（不明）", "(unknown)").into(),
                Fact::from,
            );
            SITE_ALLOWED.refusal(Facts::new().and("site", shown))
        }))
    }

    /// Allows a site.
    pub(crate) async fn allow(&self, text: &str) -> Result<Result<String, Refusal>, StoreError> {
        let origin = match site(text) {
            Ok(origin) => origin,
            Err(UnfitSite::Plain(origin)) => return Ok(Err(plain(origin))),
            Err(UnfitSite::NoOrigin) => {
                return Ok(Err(WELL_FORMED.refusal(
                    Facts::new()
                        .and(
                            "where",
                            Bilingual::new("サイトのアドレス", "the site's address"),
                        )
                        .and(
                            "fault",
                            Bilingual::new(
                                "「https://」とホスト名だけを入力してください",
                                "only https:// and the host name",
                            ),
                        ),
                )));
            }
        };
        let mut transaction = self.store.begin().await?;
        let values = [origin.clone().into(), self.now().unix().into()];
        transaction
            .execute(sql::INSERT_SITE, &values)
            .await?;
        transaction.commit().await?;
        Ok(Ok(origin))
    }

    /// Allows a site no longer. Those of the configuration stay.
    pub(crate) async fn disallow(&self, origin: &str) -> Result<(), StoreError> {
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::DELETE_SITE, &[origin.into()])
            .await?;
        transaction.commit().await
    }
}

fn plain(site: String) -> Refusal {
    SITE_OVER_TLS.refusal([("site", site)])
}
