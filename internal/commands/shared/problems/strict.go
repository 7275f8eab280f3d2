package problems

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/annotations"
	"cocostat/internal/cli"
)

// Strictness is the severity of problems from which on a command fails; "": it
// does not.
type Strictness string

// strictLevels are the severities that --strict takes.
var strictLevels = []string{annotations.Warning.String(), annotations.Error.String()}

// AddFlag adds --strict, which alone stands for warnings. where is where the
// problems are, for the help.
func (s *Strictness) AddFlag(cmd *cobra.Command, where string) {
	cli.Choice(cmd, (*string)(s), "strict", "", "fail if there is a problem of this `severity` or worse"+where+": "+strings.Join(strictLevels, " or "), strictLevels...)
	cmd.Flags().Lookup("strict").NoOptDefVal = annotations.Warning.String()
}

// Judge returns an error if one of the problems is not allowed.
func (s Strictness) Judge(f Findings, paths []string) error {
	bad := f.Errors
	if string(s) == annotations.Warning.String() {
		bad += f.Warnings
	}
	if s == "" || bad == 0 {
		return nil
	}
	return fmt.Errorf("--strict: %s in %s", f, strings.Join(paths, ", "))
}
