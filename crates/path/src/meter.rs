//! Counting the work of a validation against its budget.

use crate::{Budget, BudgetUnit, PathError};

/// What is left of a budget.
pub(crate) struct Meter {
    budget: Budget,
    signatures: u32,
    name_comparisons: u32,
    policy_nodes: u32,
}

impl Meter {
    pub(crate) fn new(budget: Budget) -> Self {
        Self {
            budget,
            signatures: budget.signatures,
            name_comparisons: budget.name_comparisons,
            policy_nodes: budget.policy_nodes,
        }
    }

    pub(crate) fn path_length(&self) -> usize {
        self.budget.path_length
    }

    pub(crate) fn signature(&mut self) -> Result<(), PathError> {
        spend(
            &mut self.signatures,
            BudgetUnit::Signatures,
            self.budget.signatures,
        )
    }

    pub(crate) fn name_comparison(&mut self) -> Result<(), PathError> {
        spend(
            &mut self.name_comparisons,
            BudgetUnit::NameComparisons,
            self.budget.name_comparisons,
        )
    }

    pub(crate) fn policy_node(&mut self) -> Result<(), PathError> {
        spend(
            &mut self.policy_nodes,
            BudgetUnit::PolicyNodes,
            self.budget.policy_nodes,
        )
    }
}

fn spend(left: &mut u32, unit: BudgetUnit, limit: u32) -> Result<(), PathError> {
    *left = left
        .checked_sub(1)
        .ok_or(PathError::BudgetExhausted { unit, limit })?;
    Ok(())
}
