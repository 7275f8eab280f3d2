package lt

import (
	"context"
	"fmt"

	"cocostat/annotations"
	"cocostat/dataset/reshape"
	"cocostat/internal/commands/shared/counttable"
	"cocostat/internal/commands/shared/output"
)

// asked works out the numbers that are asked for.
func (o *options) asked(ctx context.Context, s *reshape.Source) (*reshape.Asked, error) {
	if o.like == "" {
		return &reshape.Asked{Instances: o.profile.Counts(s.Instances), Images: make([]*int64, len(s.Categories))}, nil
	}
	rows, err := counttable.Classes(ctx, o.like, annotations.Options{NoCrowd: o.NoCrowd, NoHash: true})
	if err != nil {
		return nil, err
	}
	a, err := s.Like(rows, o.by)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.like, err)
	}
	if len(a.Unknown) == len(rows) {
		return nil, fmt.Errorf("%s: none of its classes, by %s, is one of %s", o.like, a.By, o.Paths[0])
	}
	if o.others == "" && len(a.Unnamed)+len(a.Unknown) > 0 {
		return nil, fmt.Errorf("%s: its classes, by %s, are not those of %s%s%s\n--others keep or --others drop says what to do with classes that it does not name",
			o.like, a.By, o.Paths[0], differing("; missing", a.Unnamed), differing("; unknown", a.Unknown))
	}
	if o.others == othersKeep {
		a.KeepUnnamed(s)
	}
	return a, nil
}

func differing(what string, classes []string) string {
	if len(classes) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %s", what, output.List(classes, 10))
}
