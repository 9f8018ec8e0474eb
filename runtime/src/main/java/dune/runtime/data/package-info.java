/// What models learn from. In: files of texts, of instructions with their answers, of
/// conversations, or of token ids. Out: token ids, and which of them are to be learned.
package dune.runtime.data;
