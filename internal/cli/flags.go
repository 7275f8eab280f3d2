package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Choice adds a flag that takes one of the known values, which completion offers
// and the usage should name. The usual one may be none of them where the flag need
// not be given.
func Choice[T ~string](cmd *cobra.Command, value *T, name string, usual T, usage string, known ...T) {
	*value = usual
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	cmd.Flags().Var(choice[T]{value, name, names}, name, usage)
	CompleteValues(cmd, name, names...)
}

// choice is the value of a flag that Choice added.
type choice[T ~string] struct {
	value *T
	flag  string
	known []string
}

func (c choice[T]) String() string {
	if c.value == nil {
		return ""
	}
	return string(*c.value)
}

func (c choice[T]) Type() string { return "string" }

func (c choice[T]) Set(text string) error {
	if !slices.Contains(c.known, text) {
		return &choiceError{c.flag, text, c.known}
	}
	*c.value = T(text)
	return nil
}

// choiceError is that of a value that is not known.
type choiceError struct {
	flag, value string
	known       []string
}

func (e *choiceError) Error() string {
	return DidYouMean(e.value, e.known) + "must be one of " + strings.Join(e.known, ", ")
}

// Completion is what cobra calls to complete a word.
type Completion = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

// Complete has a function complete the value of a flag.
func Complete(cmd *cobra.Command, flag string, complete Completion) {
	must(cmd.RegisterFlagCompletionFunc(flag, complete))
}

// CompleteValues completes a flag that takes one of the values.
func CompleteValues(cmd *cobra.Command, flag string, values ...string) {
	Complete(cmd, flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// CompleteList completes the last element of a flag that takes a list with commas,
// with what known finds for the arguments that are there already. What has a comma
// in itself would need quotes, and is not offered.
func CompleteList(cmd *cobra.Command, flag string, known func(cmd *cobra.Command, args []string) []string) {
	Complete(cmd, flag, func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		at := strings.LastIndex(typed, ",") + 1
		before, begun := typed[:at], typed[at:]
		listed := strings.Split(before, ",")
		var out []string
		for _, name := range known(cmd, args) {
			if strings.HasPrefix(name, begun) && !strings.ContainsAny(name, ",\n\"") && !slices.Contains(listed, name) {
				out = append(out, before+name)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	})
}

// CompleteFiles completes a flag with the names of files that end so.
func CompleteFiles(cmd *cobra.Command, flag string, extensions ...string) {
	must(cmd.MarkFlagFilename(flag, extensions...))
}

// CompleteFolders completes flags with the names of folders.
func CompleteFolders(cmd *cobra.Command, flags ...string) {
	for _, flag := range flags {
		must(cmd.MarkFlagDirname(flag))
	}
}

// must reports an error that is one of the program, such as a flag that there is
// not.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("cli: %v", err))
	}
}
