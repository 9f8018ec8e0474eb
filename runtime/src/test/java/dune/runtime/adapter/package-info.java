/// Tests of {@link dune.runtime.adapter}.
package dune.runtime.adapter;
