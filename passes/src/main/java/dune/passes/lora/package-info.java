/// Low-rank adapters (arXiv 2106.09685) as a rewrite of what the frontend lowered.
///
/// In: a program with `forward`, and which of its products are adapted. Out: the same program with
/// two weights more for each of them. Products are told apart by where numbers come from and go to,
/// not by names. Files of adapters are not read here.
package dune.passes.lora;
