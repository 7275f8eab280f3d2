package problems

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"cocostat/annotations"
	"cocostat/internal/cli"
)

// Strictness is the severity of problems from which on a command fails; "": it
// does not.
type Strictness string

// StrictLevels are the severities that --strict takes.
var StrictLevels = []string{annotations.Warning.String(), annotations.Error.String()}

// AddFlag adds --strict, which alone stands for warnings. where is where the
// problems are, for the help.
func (s *Strictness) AddFlag(f *pflag.FlagSet, where string) {
	f.StringVar((*string)(s), "strict", "", "fail if there is a problem of this `severity` or worse"+where+": "+strings.Join(StrictLevels, " or "))
	f.Lookup("strict").NoOptDefVal = annotations.Warning.String()
}

// Check refuses an unknown severity.
func (s Strictness) Check(given func(flag string) bool) error {
	if given("strict") && !slices.Contains(StrictLevels, string(s)) {
		return cli.Usagef("--strict=%s: must be one of %s", s, strings.Join(StrictLevels, ", "))
	}
	return nil
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
