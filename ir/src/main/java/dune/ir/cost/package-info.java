/// What programs cost, read off their operations.
package dune.ir.cost;
