/// How well a model predicts a text: perplexity with a sliding window.
///
/// In go token ids and a model that gives the logits of a window ({@link
/// dune.runtime.score.WindowModel}); out comes a sum of negative log-likelihoods and what follows
/// from it. Nothing here knows about files, tokenizers or tensors.
package dune.runtime.score;
