// Package classflags has the flags that say which categories are classes.
package classflags

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/annotations"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/output"
)

// Flags say which categories are classes, and which of several files are the
// same.
type Flags struct {
	Selection annotations.Selection // complete after CompleteClasses

	by      string // id or name
	mapFile string
	merge   []string // NEW=OLD,OLD each
}

// AddByFlag adds the flag that says which categories of several files are the same.
func (c *Flags) AddByFlag(cmd *cobra.Command) {
	cli.Choice(cmd, &c.by, "by", "id", "unite the categories of several files by `id or name`", "id", "name")
}

// AddClassFlags adds the flags that say which categories are classes; classes
// returns their names, for completion.
func (c *Flags) AddClassFlags(cmd *cobra.Command, classes func(cmd *cobra.Command, args []string) []string) {
	f := cmd.Flags()
	f.StringSliceVar(&c.Selection.Classes, "classes", nil, "take only these `classes`, by name or id: a list with commas")
	f.StringSliceVar(&c.Selection.Drop, "drop", nil, "leave these `classes` out: a list with commas")
	f.StringArrayVar(&c.merge, "merge", nil, "make one class of several: `new=old1,old2`; may be given several times")
	f.StringVar(&c.mapFile, "map", "", "YAML `file` with the keys classes, drop and merge, in place of these flags")
	for _, flag := range []string{"classes", "drop"} {
		cli.CompleteList(cmd, flag, classes)
	}
	cli.CompleteFiles(cmd, "map", "yaml", "yml")
}

// Names are the names of the flags.
var Names = []string{"classes", "drop", "merge", "map", "by"}

// ByName reports whether categories of one name are one class.
func (c *Flags) ByName() bool { return c.by == "name" }

// CompleteClasses reads what the flags say.
func (c *Flags) CompleteClasses() error {
	s := &c.Selection
	if c.mapFile != "" {
		if len(s.Classes)+len(s.Drop)+len(c.merge) > 0 {
			return cli.Usagef("--map takes the place of --classes, --drop and --merge: give either")
		}
		read, err := readMap(c.mapFile)
		if err != nil {
			return cli.Usagef("--map: %w", err)
		}
		*s = read
	}
	for _, text := range c.merge {
		u, err := parseUnion(text)
		if err != nil {
			return cli.Usagef("--merge %q: %w", text, err)
		}
		s.Merge = append(s.Merge, u)
	}
	if err := s.Validate(); err != nil {
		return cli.Usagef("%s: %w", c.flags(), err)
	}
	return nil
}

// parseUnion reads NEW=OLD,OLD.
func parseUnion(text string) (u annotations.Union, err error) {
	name, list, found := strings.Cut(text, "=")
	if !found || name == "" || list == "" {
		return u, errors.New("must be NEW=OLD1,OLD2, such as animal=cat,dog")
	}
	of, err := csv.NewReader(strings.NewReader(list)).Read()
	if err != nil {
		return u, fmt.Errorf("%w; a name with commas or quotes stands in quotes, or in the file of --map", err)
	}
	return annotations.Union{Name: name, Of: of}, nil
}

// flags names the flags that were given, for messages.
func (c *Flags) flags() string {
	var given []string
	for _, f := range []struct {
		name string
		is   bool
	}{
		{"--map " + c.mapFile, c.mapFile != ""},
		{"--classes", c.mapFile == "" && len(c.Selection.Classes) > 0},
		{"--drop", c.mapFile == "" && len(c.Selection.Drop) > 0},
		{"--merge", len(c.merge) > 0},
	} {
		if f.is {
			given = append(given, f.name)
		}
	}
	return strings.Join(given, ", ")
}

// Blame says of an error about a class that there is not which flag named it; it
// returns nil for other errors.
func (c *Flags) Blame(err error) error {
	unknown, is := errors.AsType[*annotations.NoCategoryError](err)
	conflict, contradicts := errors.AsType[*annotations.SelectionError](err)
	switch {
	case contradicts:
		return cli.Usagef("%s: %w", c.flags(), conflict)
	case !is:
		return nil
	case c.mapFile != "":
		return cli.Usagef("--map %s: %w", c.mapFile, unknown)
	case slices.Contains(c.Selection.Classes, unknown.Name):
		return cli.Usagef("--classes: %w", unknown)
	case slices.Contains(c.Selection.Drop, unknown.Name):
		return cli.Usagef("--drop: %w", unknown)
	}
	return cli.Usagef("--merge: %w", unknown)
}

// BlameFile is Blame of an error about a file, or else the error.
func (c *Flags) BlameFile(err error, file string) error {
	if unknown, is := errors.AsType[*annotations.NoCategoryError](err); is {
		unknown.File = file
	}
	if blamed := c.Blame(err); blamed != nil {
		return blamed
	}
	return err
}

// Notes says in words which categories are no classes, and why, and which
// are merged.
func Notes(s annotations.Selected) (lines []string) {
	var roots, asked, unknown, merged []string
	for _, k := range s.LeftOut {
		name := fmt.Sprintf("%d %q", k.ID, k.Name)
		with := fmt.Sprintf("%s (%s)", name, output.Plural(k.Instances, "annotation"))
		switch k.Reason {
		case annotations.LeftOutRoot:
			roots = append(roots, name)
		case annotations.LeftOutUnknown:
			unknown = append(unknown, with)
		default:
			asked = append(asked, with)
		}
	}
	for _, m := range s.Merged {
		var of []string
		for _, k := range m.Of {
			of = append(of, fmt.Sprintf("%d %q", k.ID, k.Name))
		}
		merged = append(merged, fmt.Sprintf("%s as %d %q", output.List(of, most), m.ID, m.Name))
	}
	for _, l := range []struct {
		say  string
		list []string
	}{
		{"no class, but a heading, without annotations and the supercategory of others: category %s", roots},
		{"merged as asked: %s", merged},
		{"left out as asked: %s", asked},
		{"left out, as no class has their name: %s", unknown},
	} {
		if len(l.list) > 0 {
			lines = append(lines, fmt.Sprintf(l.say, output.List(l.list, most)))
		}
	}
	return lines
}

// most is how many categories a note names.
const most = 5
