/// The settings beside the weights: what `config.json` leaves unread, and what
/// `generation_config.json` says.
///
/// In goes a {@link dune.ir.checkpoint.Config}, out come findings and records. Which keys a model
/// needs is the business of its checkpoint clause, not of this package.
package dune.weights.config;
