/// Tests of conversations.
package dune.runtime.chat;
