//! Running statements. The one place where SQL that is not `&'static str` reaches the driver: batches, NULLs and migrations,
//! all made from static texts and numbers alone.

use crate::{
    Row, StoreError, Value,
    dialect::{Dialect, batch, has_question_mark},
};
use sqlx::{
    AnyConnection, AssertSqlSafe, SqlSafeStr as _, SqlStr, any::AnyArguments, query::Query,
};

/// Parameters of one statement of a batch at most. SQLite takes 32766, PostgreSQL 65535; more than this gains nothing.
const BATCH_PARAMETERS: usize = 500;

/// Runs a statement and counts the rows it touched.
pub(crate) async fn execute(
    connection: &mut AnyConnection,
    dialect: Dialect,
    sql: &'static str,
    parameters: &[Value],
) -> Result<u64, StoreError> {
    let sql = prepared(dialect, sql, parameters)?;
    let done = query(sql, parameters)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Runs a statement to its end and collects its rows.
pub(crate) async fn rows(
    connection: &mut AnyConnection,
    dialect: Dialect,
    sql: &'static str,
    parameters: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let sql = prepared(dialect, sql, parameters)?;
    let rows = query(sql, parameters)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(Row::new).collect())
}

/// Inserts rows of equal length in statements of at most [`BATCH_PARAMETERS`].
pub(crate) async fn insert_many(
    connection: &mut AnyConnection,
    dialect: Dialect,
    prefix: &'static str,
    rows: &[Vec<Value>],
) -> Result<u64, StoreError> {
    let Some(first) = rows.first() else {
        return Ok(0);
    };
    if has_question_mark(prefix) {
        return Err(StoreError::QuestionMark);
    }
    let width = first.len();
    let misfit = rows
        .iter()
        .position(|row| row.len() != width || !(1..=BATCH_PARAMETERS).contains(&row.len()));
    if let Some(row) = misfit {
        return Err(StoreError::RowLength {
            row,
            values: rows[row].len(),
        });
    }
    let full = BATCH_PARAMETERS / width;
    let mut touched = 0;
    for chunk in rows.chunks(full) {
        let parameters: Vec<&Value> = chunk.iter().flatten().collect();
        let is_null = |n: usize| is_null(n, |i| parameters.get(i).copied());
        let text = batch(prefix, chunk.len(), width);
        let text = dialect
            .without_nulls(&text, is_null)
            .unwrap_or(text);
        let query = query(
            AssertSqlSafe(text).into_sql_str(),
            parameters.iter().copied(),
        )
        // Odd sizes would fill the cache of prepared statements.
        .persistent(chunk.len() == full);
        touched += query
            .execute(&mut *connection)
            .await?
            .rows_affected();
    }
    Ok(touched)
}

/// Runs a migration's statement.
pub(crate) async fn define(
    connection: &mut AnyConnection,
    dialect: Dialect,
    statement: &'static str,
) -> Result<(), StoreError> {
    let text = dialect.definition(statement);
    sqlx::query(AssertSqlSafe(text))
        .persistent(false)
        .execute(connection)
        .await?;
    Ok(())
}

fn prepared(
    dialect: Dialect,
    sql: &'static str,
    parameters: &[Value],
) -> Result<SqlStr, StoreError> {
    if has_question_mark(sql) {
        return Err(StoreError::QuestionMark);
    }
    let is_null = |n: usize| is_null(n, |i| parameters.get(i));
    Ok(match dialect.without_nulls(sql, is_null) {
        Some(text) => AssertSqlSafe(text).into_sql_str(),
        None => sql.into_sql_str(),
    })
}

/// Whether placeholder `$n` (from 1) stands for NULL.
fn is_null<'v>(n: usize, value: impl Fn(usize) -> Option<&'v Value>) -> bool {
    let value = n.checked_sub(1).and_then(value);
    value == Some(&Value::Null)
}

fn query<'v>(
    sql: SqlStr,
    parameters: impl IntoIterator<Item = &'v Value>,
) -> Query<'v, sqlx::Any, AnyArguments> {
    parameters
        .into_iter()
        .fold(sqlx::query(sql), |query, value| match value {
            Value::Null => query.bind(None::<i64>),
            Value::Integer(value) => query.bind(*value),
            Value::Text(value) => query.bind(value.as_str()),
            Value::Bytes(value) => query.bind(value.as_slice()),
        })
}
