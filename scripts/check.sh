#!/bin/sh
# Checks the rules of the house: formatting, vet, staticcheck, the direction of
# imports, that cocostat builds without cgo, that reading works without assembly,
# and that there are no data races.
set -u
cd "$(dirname "$0")/.."
status=0
fail() {
	echo "check: $*" >&2
	status=1
}

unformatted=$(gofmt -l annotations balance bench cmd dataset evaluate internal lt tables train weights)
[ -z "$unformatted" ] || fail "gofmt would change: $unformatted"
go vet ./... || fail "go vet found something"
go tool staticcheck ./... || fail "staticcheck found something"
# bench is a module of its own, so that its peers are none of ours.
go -C bench vet ./... || fail "go vet found something in bench"
staticcheck=$(go tool -n staticcheck)
(cd bench && "$staticcheck" ./...) || fail "staticcheck found something in bench"

# Each line: a package or a tree of packages, and what it may import of ours.
# internal/… is open to all, but for the commands in it: a command, NAME, knows no
# other. training is internal/commands/training. FORMAT is a package below
# annotations, which reads a format.
rules='
annotations
annotations/FORMAT annotations annotations/FORMAT
lt annotations annotations/FORMAT lt
tables annotations annotations/FORMAT lt tables
dataset annotations annotations/FORMAT dataset lt tables
weights annotations lt
weights/codec annotations weights
weights/grouping lt weights
weights/weightstest annotations weights
balance weights
evaluate annotations annotations/FORMAT evaluate lt
train/data annotations dataset train/data
train/internal train/layer train/torchx
train/torchx balance train/torchx
train/layer train/torchx
train/backbone train/layer train/torchx
train/detector balance train/backbone train/data train/layer train/torchx
train/centernet balance train/backbone train/centernet train/data train/detector train/layer train/torchx
train/fcos balance train/backbone train/data train/detector train/fcos train/layer train/torchx
train/world train/torchx train/world
train/model train/backbone train/centernet train/detector train/fcos train/layer train/torchx
train/recipes train/recipes
train/export train train/data train/detector train/export train/torchx
train/reproduce annotations balance dataset evaluate lt train train/data train/recipes train/reproduce weights weights/codec
train annotations balance dataset evaluate lt weights weights/codec train train/backbone train/data train/detector train/layer train/model train/torchx train/world
commands/shared annotations commands/shared dataset lt tables weights weights/codec
commands/NAME annotations balance commands/shared dataset evaluate lt tables weights weights/codec weights/grouping
commands commands/NAME
training/shared annotations balance commands/shared dataset train train/backbone train/centernet train/data train/fcos train/model train/recipes train/torchx train/world training/shared weights weights/codec
training/NAME annotations balance commands/shared dataset evaluate lt train train/data train/export train/recipes train/reproduce train/torchx train/world training/shared weights weights/codec
training train/world training/NAME
cmd/cocostat commands
cmd/train training
internal
'
violations=$(go list -f '{{$p := .ImportPath}}{{range .Imports}}{{$p}} {{.}}
{{end}}' ./... | awk -v rules="$rules" '
	# top names the first part of a path below the module, two below cmd, train and
	# weights, and what a package of commands is.
	function top(path,  parts, n) {
		sub(/^cocostat\//, "", path)
		if (sub(/^internal\/commands/, "commands", path)) {
			sub(/^commands\/training/, "training", path)
			n = split(path, parts, "/")
			return n == 1 ? path : parts[1] "/" (parts[2] == "shared" ? "shared" : "NAME")
		}
		if (sub(/^annotations\/.*/, "annotations/FORMAT", path)) return path
		n = split(path, parts, "/")
		return n > 1 && parts[1] ~ /^(cmd|train|weights)$/ ? parts[1] "/" parts[2] : parts[1]
	}
	BEGIN {
		n = split(rules, lines, "\n")
		for (i = 1; i <= n; i++) {
			m = split(lines[i], words, " ")
			for (j = 2; j <= m; j++) allowed[words[1], words[j]] = 1
			if (m) known[words[1]] = 1
		}
	}
	$2 ~ /^cocostat\// {
		from = top($1); to = top($2)
		if (!(from in known)) print $1 " has no rule"
		else if (to !~ /internal$/ && !((from, to) in allowed)) print $1 " imports " $2
	}')
[ -z "$violations" ] || fail "imports against the architecture:
$violations"

# Arrow is an affair of the packages that read and write files of it.
arrow=$(go list -f '{{$p := .ImportPath}}{{range .Imports}}{{$p}} {{.}}
{{end}}' ./... | awk '$2 ~ /\/apache\/arrow\// && $1 !~ /^cocostat\/(tables|weights\/codec|internal\/arrowfile|internal\/commands\/eval)$/ { print $1 }' | sort -u)
[ -z "$arrow" ] || fail "these packages import Arrow: $arrow"

CGO_ENABLED=0 go build -o /dev/null ./cmd/cocostat || fail "cocostat does not build without cgo"
# Reading with the processor's vectors and without.
go vet -tags noasm ./internal/jsontext/... || fail "go vet found something with noasm"
for tags in vectors noasm; do
	go test -tags $tags ./internal/jsontext/... ./annotations/coco >&2 || fail "a test of reading failed with -tags $tags"
done
# Packages that work in several goroutines; make race takes all without libtorch.
go test -race ./internal/atomicfile ./internal/cli ./internal/progress ./internal/resident \
	./internal/parallel ./internal/sample ./evaluate/... ./dataset/reshape >&2 || fail "the race detector or a test found something"
[ $status != 0 ] || echo "check: all rules kept" >&2
exit $status
