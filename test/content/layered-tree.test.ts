// Trees of layers that would take a process's stack or its time.
import * as assert from 'uvu/assert'
import { ContentError } from '../../src/content/content-error.ts'
import { LayeredTree } from '../../src/content/layered-tree.ts'
import type { TarMember } from '../../src/content/tar-members.ts'
import { suite } from '../suite.ts'

const test = suite('trees of layers')

async function* nothing(): AsyncGenerator<Buffer> {}

const member = (kind: 'symlink' | 'directory', path: string, target = ''): TarMember => {
  return { kind, path, target, mode: 0o755, uid: 0, gid: 0, mtime: 0, major: 0, minor: 0, size: 0, content: nothing() }
}

function refusalOf(build: (tree: LayeredTree) => void): string {
  const tree = new LayeredTree()
  tree.beginLayer()
  try {
    build(tree)
  } catch (error) {
    assert.instance(error, ContentError)
    return (error as Error).message
  }
  return ''
}

test('symlinks that lead deeper and deeper are refused', () => {
  const deep = 'd/'.repeat(1500)
  const said = refusalOf((tree) => {
    tree.add(member('symlink', 'one', deep), undefined)
    tree.add(member('symlink', 'one/two', deep), undefined)
    tree.add(member('directory', 'one/two/x'), undefined)
  })
  assert.is(said, 'one/two/x lies more than 2048 directories deep')
})

test('so are members that are long to find, again and again', () => {
  const there = 'd/../'.repeat(800)
  const said = refusalOf((tree) => {
    tree.add(member('symlink', 'far', there), undefined)
    for (let count = 0; count < 40_000; count++) tree.add(member('directory', `far/${count}`), undefined)
  })
  assert.is(said, 'the image takes too long to put together')
})

test('and names that symlinks make longer than a path can be', () => {
  const long = `${'d'.repeat(250)}/`.repeat(10)
  const said = refusalOf((tree) => {
    tree.add(member('symlink', 'one', long), undefined)
    tree.add(member('directory', `one/${long}`), undefined)
    tree.tree()
  })
  assert.is(said, 'a name of the image is longer than 4095 bytes, by symlinks')
})

test('a tree as deep as a path is long is none of that', () => {
  const tree = new LayeredTree()
  tree.beginLayer()
  tree.add(member('directory', 'd/'.repeat(2000) + 'x'), undefined)
  assert.is(tree.tree().length, 2001)
})

test.run()
