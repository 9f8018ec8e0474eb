/// Tests of adapters.
package dune.passes.lora;
