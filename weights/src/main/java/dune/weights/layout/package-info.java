/// Where elements lie: descriptions by steps, and copying along them.
///
/// In goes a {@link dune.weights.layout.Strided}, which transposes, cuts and permutes without
/// touching an element, and memory; out comes memory in the order described. Elements are so many
/// bytes here, and mean nothing.
package dune.weights.layout;
