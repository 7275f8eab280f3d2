// Package recipes holds the settings of the experiments in the paper's tables,
// a YAML file a row, and what the paper published for them.
//
// A recipe's settings are flags of the command train and their values, in the
// order of its file:
//
//	label: +BB +LS               # of the row
//	against: table1/baseline     # the row that it is compared with
//	published: {AP: 27.1}        # in percent, on the table's dataset
//	extends: [parts/centernet, parts/bb, parts/ls]
//	settings:
//	  loss: focal+bb+ls
//	  deferred-epochs: null      # leaves out what an extended one sets
//
// Extended recipes are merged in their order, then the own settings; parts/ are
// what rows share. A user's own file may extend any of them by name. There are
// all rows of the paper's tables.
package recipes
