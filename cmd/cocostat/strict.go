package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"cocostat/annotations"
	"cocostat/internal/cli"
)

// strictness is the severity of problems from which on a command fails; "": it
// does not.
type strictness string

var strictLevels = []string{annotations.Warning.String(), annotations.Error.String()}

// addFlag adds --strict, which alone stands for warnings. where is where the
// problems are, for the help.
func (s *strictness) addFlag(f *pflag.FlagSet, where string) {
	f.StringVar((*string)(s), "strict", "", "fail if there is a problem of this `severity` or worse"+where+": "+strings.Join(strictLevels, " or "))
	f.Lookup("strict").NoOptDefVal = annotations.Warning.String()
}

// check refuses an unknown severity.
func (s strictness) check(given func(flag string) bool) error {
	if given("strict") && !slices.Contains(strictLevels, string(s)) {
		return cli.Usagef("--strict=%s: must be one of %s", s, strings.Join(strictLevels, ", "))
	}
	return nil
}

// judge returns an error if one of the problems is not allowed.
func (s strictness) judge(f findings, paths []string) error {
	bad := f.Errors
	if string(s) == annotations.Warning.String() {
		bad += f.Warnings
	}
	if s == "" || bad == 0 {
		return nil
	}
	return fmt.Errorf("--strict: %s in %s", f, strings.Join(paths, ", "))
}
