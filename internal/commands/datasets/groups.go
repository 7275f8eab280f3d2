package datasets

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/dataset/reshape"
	"cocostat/internal/cli"
	"cocostat/internal/imagename"
)

// Values of --group, beside a regular expression.
const (
	groupAuto     = "auto"
	groupNone     = "none"
	groupRoboflow = "roboflow"
	groupFolder   = "folder"
)

// grouping says which images stay together.
type grouping struct {
	by      string
	pattern *regexp.Regexp
}

func (g *grouping) addFlag(cmd *cobra.Command) {
	g.by = groupAuto
	cmd.Flags().StringVar(&g.by, "group", groupAuto, "images that stay together: `pattern` of the file name, folder, roboflow, none")
	cli.CompleteValues(cmd, "group", groupAuto, groupNone, groupRoboflow, groupFolder)
}

func (g *grouping) complete() error {
	switch g.by {
	case groupAuto, groupNone, groupRoboflow, groupFolder:
		return nil
	case "":
		return cli.Usagef("--group is empty")
	}
	var err error
	if g.pattern, err = regexp.Compile(g.by); err != nil {
		return cli.Usagef("--group %s: neither auto, none, roboflow, folder, nor a pattern: %w", g.by, err)
	}
	return nil
}

// of returns the function that names the group of an image, nil for none, and in
// words what it goes by.
func (g *grouping) of(s *reshape.Source) (name func(reshape.Image) string, what string) {
	switch {
	case g.pattern != nil:
		return alone(g.match), "what " + g.by + " finds in the file name"
	case g.by == groupFolder:
		return alone(func(file string) string { return path.Dir(strings.ReplaceAll(file, `\`, "/")) }), "the folder in the file name"
	case g.by == groupRoboflow, g.by == groupAuto && roboflow(s):
		return alone(func(file string) string {
			base, _ := imagename.Source(file)
			return base
		}), "the picture that Roboflow made images of"
	}
	return nil, ""
}

// match is what the pattern finds: its groups, or, without groups, all of it.
func (g *grouping) match(file string) string {
	found := g.pattern.FindStringSubmatch(file)
	if len(found) > 1 {
		found = found[1:]
	}
	return strings.Join(found, "\x00")
}

// alone names the groups of images, and leaves those without a name by themselves.
func alone(name func(file string) string) func(reshape.Image) string {
	return func(im reshape.Image) string {
		if group := name(im.FileName); im.FileName != "" && group != "" {
			return group
		}
		return "\x00" + strconv.FormatInt(im.ID, 10)
	}
}

// roboflow reports whether Roboflow made several images of one picture.
func roboflow(s *reshape.Source) bool {
	seen := map[string]bool{}
	for row := range s.ImageRows() {
		base, is := imagename.Source(s.Image(row).FileName)
		if is && seen[base] {
			return true
		}
		seen[base] = seen[base] || is
	}
	return false
}
