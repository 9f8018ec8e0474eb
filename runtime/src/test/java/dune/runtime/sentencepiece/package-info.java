/// Tests of SentencePiece models.
package dune.runtime.sentencepiece;
