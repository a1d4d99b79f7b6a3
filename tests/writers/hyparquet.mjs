// Writes one Parquet file as standard input says; values that JSON lacks come marked.
import { readFileSync } from 'node:fs'
import { parquetWriteFile, schemaFromColumnData } from 'hyparquet-writer'

function value(given) {
  if (given === null || typeof given !== 'object') return given
  if ('bigint' in given) return BigInt(given.bigint)
  if ('number' in given) return Number(given.number)
  if ('date' in given) return new Date(given.date)
  return new Uint8Array(Buffer.from(given.bytes, 'base64'))
}

const order = JSON.parse(readFileSync(0, 'utf8'))
const columnData = order.columns.map(({ name, data, encoding }) => {
  const column = { name, data: data.map(value) }
  return encoding ? { ...column, encoding } : column
})
const known = order.columns.filter(({ element }) => element)
const schemaOverrides = Object.fromEntries(known.map(({ name, element }) => [name, element]))
const schema = schemaFromColumnData({ columnData, schemaOverrides })
await parquetWriteFile({ filename: order.path, columnData, schema, codec: order.codec })
