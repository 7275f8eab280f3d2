package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cocostat/internal/names"
)

// DidYouMean returns what to say first of a word that is none of the known: the one
// that was most likely meant, with a space behind it, or nothing where none is
// close.
func DidYouMean(word string, known []string) string {
	if best := Closest(word, known); best != "" {
		return fmt.Sprintf("did you mean %q? It ", best)
	}
	return ""
}

// Meant adds to an error about a word that is none of the known which was most likely
// meant, where one is close.
func Meant(err error, word string, known []string) error {
	if best := Closest(word, known); best != "" {
		return fmt.Errorf("%w; did you mean %q?", err, best)
	}
	return err
}

// Closest returns the known word that a misspelt one is closest to, "" where none
// is close: one whose beginning it is, or that is a few letters away.
func Closest(word string, known []string) string {
	word = strings.ToLower(word)
	best, least := "", 1+min(3, len(word)/3)
	for _, k := range known {
		distance := names.Distance(word, strings.ToLower(k), least)
		if len(word) > 1 && strings.HasPrefix(strings.ToLower(k), word) {
			distance = min(distance, 1)
		}
		if distance < least {
			best, least = k, distance
		}
	}
	return best
}

// OneOf returns nil for a value of a flag that is known, else the error that says
// which are.
func OneOf(flag, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return Usagef("--%s %q: %w", flag, value, &choiceError{flag, value, known})
}

// flagError says what is wrong with the flags of a call, and what was meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var choice *choiceError
	switch {
	case errors.As(err, &choice):
		return OneOf(choice.flag, choice.value, choice.known)
	case errors.As(err, &unknown) && len(unknown.GetSpecifiedName()) > 1:
		var flags []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				flags = append(flags, f.Name)
			}
		})
		if best := cmp.Or(meant[unknown.GetSpecifiedName()], Closest(unknown.GetSpecifiedName(), flags)); best != "" && cmd.Flags().Lookup(best) != nil {
			err = fmt.Errorf("%w; did you mean --%s?", err, best)
		}
	}
	return Usagef("%w\nsee '%s --help'", err, cmd.CommandPath())
}

// meant are names of flags that other programs have for what ours call otherwise.
var meant = map[string]string{"out": "output", "output": "out", "conf": "threshold", "categories": "classes", "learning-rate": "lr", "batch-size": "batch"}

// american are the flags whose names are spelt otherwise in America.
var american = map[string]string{"normalize": "normalise", "optimizer": "optimiser", "center-radius": "centre-radius"}

// former are the flags that had other names once, which scripts may have.
var former = map[string]string{"leave-out": "drop", "merge-by": "by"}

// spelling takes flags in either spelling, and by the names that they had.
func spelling(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	return pflag.NormalizedName(cmp.Or(american[name], former[name], name))
}

// oneLine puts the commands that cobra suggests for an unknown one behind it.
func oneLine(err error) error {
	what, meant, found := strings.Cut(err.Error(), "\n\nDid you mean this?\n")
	if !found {
		return err
	}
	return fmt.Errorf("%s; did you mean %s?", what, strings.Join(strings.Fields(meant), " or "))
}
