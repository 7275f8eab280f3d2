package settings

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cocostat/internal/cli"
	"cocostat/train"
	"cocostat/train/recipes"
)

// NotInRecipes are flags that say what a call does, not what is trained.
var NotInRecipes = []string{"recipe", "run", "resume", "format", "quiet", "timeout", "help", "version"}

// applyRecipe gives the flags that were not given the recipe's values.
func (o *Training) applyRecipe(f *pflag.FlagSet) error {
	if o.Recipe == "" {
		return nil
	}
	r, err := recipes.Open(o.Recipe)
	if err != nil {
		return cli.Meant(cli.Usagef("%w", err), o.Recipe, RecipeNames())
	}
	o.Config.Recipe, o.Published = r.Name, r.IsPublished()
	if err := ApplySettings(f, r.Settings); err != nil {
		return cli.Usagef("recipe %s: %w", r.Name, err)
	}
	return nil
}

// StartNote says what the first weights that --pretrained names, or random ones,
// mean for a published row.
func StartNote(pretrained string) (string, error) {
	if pretrained == "" {
		return recipes.StartRandom.Note(), nil
	}
	own, err := train.OwnNetwork(pretrained)
	if err != nil || !own {
		return recipes.StartForeign.Note(), err
	}
	return recipes.StartOwnModel.Note(), nil
}

// ApplySettings gives the flags that were not given the values of settings.
func ApplySettings(f *pflag.FlagSet, settings recipes.Settings) error {
	before := map[string]bool{}
	f.Visit(func(g *pflag.Flag) { before[g.Name] = true })
	given := func(name string) bool { return before[name] }
	for _, s := range settings {
		flag := f.Lookup(s.Flag)
		if flag == nil || slices.Contains(NotInRecipes, s.Flag) {
			return fmt.Errorf("%s is no setting of a training: see 'train --help'", s.Flag)
		}
		if flag.Changed || Displaced(s.Flag, given) {
			continue
		}
		if err := f.Set(s.Flag, s.Value); err != nil {
			return err
		}
	}
	return nil
}

// blameRecipe says where flags come from that were not given.
func (o *Training) blameRecipe(err error) error {
	if o.Recipe == "" {
		return err
	}
	return cli.Usagef("%w\nthe recipe %s sets what was not given: see 'train recipes %s'", err, o.Recipe, o.Recipe)
}

// CompleteRecipes offers the names of the recipes, and files.
func CompleteRecipes(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return RecipeNames(), cobra.ShellCompDirectiveDefault
}

// RecipeNames are the names of all recipes.
func RecipeNames() (names []string) {
	for _, t := range recipes.Tables() {
		names = append(names, t.Names()...)
	}
	return names
}
