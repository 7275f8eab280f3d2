// Package recipes is the command "train recipes".
package recipes

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/internal/commands/training/shared/settings"
	"cocostat/internal/textable"
	"cocostat/train/recipes"
)

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "recipes [NAME]",
		Short: "List the experiments of the paper's tables, or print one as YAML",
		Long: `List the rows of the paper's tables, with the AP that was published and the
settings in which they differ from what is usual; or print
the recipe NAME as YAML. 'train --recipe NAME' trains it, and a file that was
made from it: the settings are flags of train and their values.

The paper's networks begin with a backbone that was trained on ImageNet. No
recipe sets such a file: without --pretrained a row is another experiment, which
train says, and keeps in the run's config.json.`,
		Example: `  train recipes
  train recipes --format csv
  train recipes table1/ours > mine.yaml
  train data/ --recipe mine.yaml --epochs 30`,
		Args:              cli.Args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: settings.CompleteRecipes,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return printRecipe(s.Out, args[0])
			}
			return listRecipes(s.Out, format)
		},
	}
	cli.Choice(cmd, &format, "format", "table", "of the list: "+strings.Join(listFormats, ", "), listFormats...)
	return cmd
}

var listFormats = []string{"table", "markdown", "csv", "json"}

func printRecipe(w io.Writer, name string) error {
	r, err := recipes.Open(name)
	if err != nil {
		return cli.Meant(cli.Usagef("%w", err), name, settings.RecipeNames())
	}
	text, err := r.YAML()
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func listRecipes(w io.Writer, format string) error {
	var rows []recipes.Recipe
	for _, t := range recipes.Tables() {
		rows = append(rows, t.Recipes()...)
	}
	switch format {
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(rows)
	case "csv":
		return recipesCSV(w, rows)
	}
	table := textable.New("recipe", "row", ">AP", "settings")
	for _, r := range rows {
		table.Add(r.Name, r.Label, publishedText(r, "AP", "–"), r.Particular().String())
	}
	text := table.Fit(cli.Columns(w))
	if format == "markdown" {
		text = table.Markdown()
	}
	text += fmt.Sprintf("\nAP as published, in percent, beginning with %s: name its weights with --pretrained.\n", recipes.PaperStart)
	for _, u := range recipes.Usuals() {
		text += fmt.Sprintf("%s: %v\n", u.What, u.Settings)
	}
	small, err := recipes.Open(recipes.Small)
	if err != nil {
		return err
	}
	text += fmt.Sprintf("\n%s, of no table: what a dataset of at most %s images is trained by where nothing else is named: %v\n", small.Name, textable.Integer(recipes.SmallImages), small.Settings)
	_, err = io.WriteString(w, text)
	return err
}

func recipesCSV(w io.Writer, rows []recipes.Recipe) error {
	out := csv.NewWriter(w)
	lines := [][]string{append(append([]string{"recipe", "row", "against", "dataset"}, recipes.Metrics...), "settings")}
	for _, r := range rows {
		line := []string{r.Name, r.Label, r.Against, r.Dataset}
		for _, m := range recipes.Metrics {
			line = append(line, publishedText(r, m, ""))
		}
		lines = append(lines, append(line, r.Settings.String()))
	}
	return out.WriteAll(lines)
}

func publishedText(r recipes.Recipe, metric, none string) string {
	if v, has := r.Published[metric]; has {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return none
}
