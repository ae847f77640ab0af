audit-filter = { $field } 값에 해당하는 대상이 없습니다. 은행이 제공한 id를 사용해 주십시오.
audit-days = 마지막 날짜는 시작 날짜보다 앞설 수 없습니다.
audit-head = 봉인 해시가 아닙니다. 해시는 16진수 64자리입니다.
audit-unknown-key = { $sequence }번째 기록은 여기에 없는 키({ $key })로 봉인되어 있습니다. 해당 키를 audit_key에 지정해 주십시오. 은행이 사용한 적 없는 키라면 위조된 봉인입니다.
audit-write = 내보낸 기록을 저장하지 못했습니다.
